import { type ReactNode, memo } from 'react';
import { AtSign, BellOff, MoreVertical, Pin } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Conversation } from '@app/sdk';
import { moment, shortTime } from '../../i18n/times';
import { Avatar } from '../../kit/Avatar';
import { useHold } from '../../kit/hold';
import type { MenuPlace } from '../../kit/menu-item';
import { Ticks } from '../messages/Ticks';
import { tickOf } from '../messages/ticks';
import { useChat, useChatState } from '../chat-context';
import { placeOf } from '../shell/places';
import { useName, useUser } from '../users/names';
import styles from './ConversationList.module.css';
import { type Preview, previewOf } from './previews';

interface LineProps {
  readonly line: Conversation;
  readonly isOpen: boolean;
  readonly onMenu: (at: MenuPlace, name: string) => void;
}

/** One conversation of the list: who, what was said last and when, and what is unread. */
export const ConversationLine = memo(Line, (a, b) => a.line === b.line && a.isOpen === b.isOpen);

function Line({ line, isOpen, onMenu }: LineProps): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const { convId, userId, lastMessage, unread, mentionedUnread, muted, pinned } = line;
  const name = useConversationName(line);
  const user = useUser(userId);
  const online = useChatState(({ presence }) => (userId === undefined ? undefined : presence[userId]?.online));
  const hold = useHold((at) => onMenu(at, name));
  const preview = previewOf(line, me, isOpen);
  // A line of the last visit does not know what was said.
  const isTold = useChatState(({ synced }) => synced);
  const isMine = preview.kind === 'said' && preview.by === 'me' && line.convType === 'c2c' && lastMessage !== null;
  return (
    <div className={styles.item} role="listitem">
      <Link href={placeOf(convId)} className={styles.line} aria-current={isOpen ? 'page' : undefined} data-line draggable={false} {...hold}>
        <Avatar id={userId ?? convId} name={name} url={user?.avatarUrl ?? line.avatarUrl} online={online} />
        <span className={styles.top}>
          <bdi className={styles.name}>{name}</bdi>
          {muted && <BellOff size={13} role="img" aria-label={t('chats.isMuted')} />}
          {isMine && <Ticks tick={tickOf(lastMessage.seq, line.receipt)} />}
          {lastMessage && (
            <time dateTime={new Date(lastMessage.timestamp).toISOString()} title={moment(lastMessage.timestamp)}>
              {shortTime(lastMessage.timestamp)}
            </time>
          )}
        </span>
        <span className={styles.bottom}>
          <span className={styles.preview}>
            <TypingOr convId={convId}>{isTold || preview.kind !== 'nothing' ? <PreviewText preview={preview} /> : '\u00a0'}</TypingOr>
          </span>
          {mentionedUnread > 0 && (
            <span className={styles.badge}>
              <AtSign size={13} role="img" aria-label={t('chats.mentioned')} />
            </span>
          )}
          {unread > 0 ? (
            <span className={`${styles.badge} ${muted ? styles.quiet : ''}`}>
              {unread > 999 ? '999+' : unread}
              <span className="visually-hidden"> {t('chats.unread')}</span>
            </span>
          ) : (
            pinned && <Pin size={14} role="img" aria-label={t('chats.isPinned')} />
          )}
        </span>
      </Link>
      <button
        type="button"
        className={styles.more}
        aria-label={t('chats.more', { name })}
        aria-haspopup="menu"
        onClick={(event) => onMenu(event.currentTarget, name)}
      >
        <MoreVertical size={17} aria-hidden="true" />
      </button>
    </div>
  );
}

/** How a conversation is called: a group by its name, a c2c by that of the other. */
export function useConversationName({ name, userId }: Pick<Conversation, 'name' | 'userId'>): string {
  const other = useName(userId);
  return name ?? other;
}

function TypingOr({ convId, children }: { readonly convId: string; readonly children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const isTyping = useChatState(({ typing }) => Object.keys(typing[convId] ?? {}).length > 0);
  return isTyping ? <span className={styles.accent}>{t('messages.typing')}</span> : children;
}

function PreviewText({ preview }: { readonly preview: Preview }): ReactNode {
  const { t } = useTranslation();
  const from = useName(preview.kind === 'said' && preview.by === 'other' ? preview.from : undefined);
  if (preview.kind === 'nothing') return <span>{t('chats.nothingSaid')}</span>;
  if (preview.kind === 'draft')
    return (
      <>
        <span className={styles.accent}>{t('chats.draft')}</span> <bdi>{preview.text}</bdi>
      </>
    );
  const { said, by } = preview;
  const who = by === 'me' ? t('chats.you') : by === 'other' ? from : undefined;
  return (
    <>
      {who !== undefined && (
        <>
          <bdi>{who}</bdi>:{' '}
        </>
      )}
      {said.kind === 'text' ? <bdi>{said.text}</bdi> : <i>{wordOf(said, t)}</i>}
    </>
  );
}

/** What a message is that is no text, in a word or by the name of its file. */
export function wordOf(said: Exclude<Extract<Preview, { kind: 'said' }>['said'], { kind: 'text' }>, t: (key: string) => string): string {
  return said.kind === 'file' && said.name !== undefined ? said.name : t(`messages.kinds.${said.kind}`);
}
