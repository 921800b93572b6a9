import { type ReactNode, useEffect } from 'react';
import { ArrowLeft, Info } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Conversation } from '@app/sdk';
import { clock, dayName } from '../../i18n/times';
import { Avatar } from '../../kit/Avatar';
import { useChat, useChatState } from '../chat-context';
import { placeOf } from '../shell/places';
import { useUser } from '../users/names';
import styles from './Header.module.css';
import { TypingWords } from './TypingWords';

interface HeaderProps {
  readonly convId: string;
  readonly line: Conversation | undefined;
  readonly name: string;
  /** The other user of a c2c. */
  readonly other: string | undefined;
}

/** Whose conversation it is, and who is there; a press shows more. */
export function Header({ convId, line, name, other }: HeaderProps): ReactNode {
  const { t } = useTranslation();
  const user = useUser(other);
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.back} aria-label={t('messages.toList')}>
        <ArrowLeft size={22} aria-hidden="true" />
      </Link>
      <Link href={`${placeOf(convId)}/details`} className={styles.about} title={t('messages.details')}>
        <Avatar id={other ?? convId} name={name} url={user?.avatarUrl ?? line?.avatarUrl} />
        <span className={styles.words}>
          <h1>
            <bdi>{name}</bdi>
          </h1>
          <span className={styles.status}>
            <TypingWords convId={convId} otherwise={other === undefined ? <Members line={line} /> : <Presence userId={other} />} />
          </span>
        </span>
        <Info size={20} aria-hidden="true" className={styles.info} />
      </Link>
    </header>
  );
}

function Members({ line }: { readonly line: Conversation | undefined }): ReactNode {
  const { t } = useTranslation();
  return line?.memberCount === undefined ? null : t('messages.members', { count: line.memberCount });
}

/** Whether somebody is there, or when they were. */
function Presence({ userId }: { readonly userId: string }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const isOnline = useChatState(({ connection }) => connection.state === 'online');
  const presence = useChatState((state) => state.presence[userId]);
  useEffect(() => {
    if (isOnline) void chat.askPresence([userId]).catch(() => undefined);
  }, [chat, userId, isOnline]);
  if (!presence || !isOnline) return null;
  if (presence.online) return <span className={styles.online}>{t('messages.online')}</span>;
  const { lastSeenAt: at } = presence;
  return at === null ? t('messages.offline') : t('messages.lastSeen', { day: dayName(at), time: clock(at) });
}
