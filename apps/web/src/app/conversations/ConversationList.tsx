import { type KeyboardEvent, type ReactNode, Suspense, useMemo, useRef, useState } from 'react';
import { LogIn, MessageCirclePlus, SquarePen, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { VList, type VListHandle } from 'virtua';
import { Link, useLocation } from 'wouter';
import type { Question } from '../../kit/ConfirmDialog';
import { useMenu } from '../../kit/menu';
import { MenuButton } from '../../kit/MenuButton';
import { SearchField } from '../../kit/SearchField';
import { part } from '../../kit/part';
import { useChat, useChatState } from '../chat-context';
import { convIdAt } from '../shell/places';
import { ConversationLine } from './ConversationLine';
import styles from './ConversationList.module.css';
import { inOrder } from './conversations';
import { sayProblem, useLineActions } from './line-actions';
import { useNotifications } from './notify';
import { useFound } from './search';

const ConfirmDialog = part(() => import('../../kit/ConfirmDialog').then((m) => ({ default: m.ConfirmDialog })));

/** The user's conversations, in order, and a field to find one. */
export function ConversationList(): ReactNode {
  const { t } = useTranslation();
  const conversations = useChatState((state) => state.conversations);
  const synced = useChatState((state) => state.synced);
  const [query, setQuery] = useState('');
  const lines = useMemo(() => inOrder(conversations), [conversations]);
  const found = useFound(lines, query);
  const list = useRef<VListHandle>(null);
  const menu = useMenu();
  const [location] = useLocation();
  const open = convIdAt(location);
  const { question, ask, forget } = useDeletion(open);
  const actionsOf = useLineActions(ask);
  useNotifications();

  return (
    <section className={styles.list} aria-label={t('chats.list')} onKeyDown={moveByArrows}>
      <div className={styles.head}>
        <SearchField label={t('chats.search')} value={query} onChange={setQuery} />
        <NewButton />
      </div>
      {!synced && lines.length === 0 ? (
        <Skeleton />
      ) : found.length > 0 ? (
        <VList ref={list} className={styles.lines} data={found} bufferSize={400} itemSize={68} role="list">
          {(line) => (
            <ConversationLine
              key={line.convId}
              line={line}
              isOpen={line.convId === open}
              onMenu={(at, name) => menu.show({ at, label: name, items: actionsOf(line) })}
            />
          )}
        </VList>
      ) : query === '' ? (
        <Empty />
      ) : (
        <p className={styles.none}>{t('chats.noneFound')}</p>
      )}
      {query.trim() !== '' && (
        <Link href={`/people?q=${encodeURIComponent(query.trim())}`} className={styles.people} data-line>
          <MessageCirclePlus size={18} aria-hidden="true" />
          <span>{t('chats.findPeople', { query: query.trim() })}</span>
        </Link>
      )}
      {menu.element}
      {question && (
        <Suspense>
          <ConfirmDialog question={question} onClose={forget} />
        </Suspense>
      )}
    </section>
  );
}

/** Asks before a conversation is deleted; one that is open is closed then. */
function useDeletion(open: string | undefined) {
  const { t } = useTranslation();
  const chat = useChat();
  const [, go] = useLocation();
  const [convId, setConvId] = useState<string>();
  const question: Question | undefined =
    convId === undefined
      ? undefined
      : {
          title: t('chats.deleteTitle'),
          text: t('chats.deleteText'),
          action: t('chats.deleteYes'),
          onYes: async () => {
            if (convId === open) go('/');
            await chat.remove(convId).catch(sayProblem(t));
          },
        };
  return { question, ask: setConvId, forget: () => setConvId(undefined) };
}

/** The arrows go from line to line. */
function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-line]')];
  const here = all.indexOf((event.target as HTMLElement).closest<HTMLElement>('[data-line]')!);
  const next = all[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** Begins something: a conversation, a group, or being in one. */
function NewButton(): ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const items = [
    { key: 'chat', label: t('chats.newChat'), Icon: MessageCirclePlus, run: () => go('/people?find') },
    { key: 'group', label: t('chats.newGroup'), Icon: UsersRound, run: () => go('/people/new-group') },
    { key: 'join', label: t('chats.joinGroup'), Icon: LogIn, run: () => go('/people/join') },
  ];
  return <MenuButton label={t('chats.new')} items={items} Icon={SquarePen} />;
}

function Empty(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.empty}>
      <MessageCirclePlus size={36} strokeWidth={1.5} aria-hidden="true" />
      <p>{t('chats.empty')}</p>
      <Link href="/people?find">{t('chats.toPeople')}</Link>
    </div>
  );
}

function Skeleton(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('shell.loading')}>
      {[62, 48, 70, 40, 56, 66].map((width) => (
        <div key={width}>
          <span />
          <span style={{ width: `${width}%` }} />
          <span style={{ width: `${width + 16}%` }} />
        </div>
      ))}
    </div>
  );
}
