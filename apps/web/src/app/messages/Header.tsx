import type { ReactNode } from 'react';
import { ArrowLeft, Info, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Conversation } from '@app/sdk';
import { clock, dayName } from '../../i18n/times';
import { Avatar } from '../../kit/Avatar';
import { useChat, useChatState } from '../chat-context';
import { joinersToAnswer } from '../friends/pending';
import { useOnlineCount } from '../groups/online';
import { placeOf } from '../shell/places';
import { useUser } from '../users/names';
import { usePresence } from '../users/presence';
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
        {line?.groupId !== undefined && <Joiners groupId={line.groupId} />}
        <Info size={20} aria-hidden="true" className={styles.info} />
      </Link>
    </header>
  );
}

/** How many members there are, and how many of them are there. */
function Members({ line }: { readonly line: Conversation | undefined }): ReactNode {
  const { t } = useTranslation();
  const online = useOnlineCount(line);
  if (line?.memberCount === undefined) return null;
  const members = t('messages.members', { count: line.memberCount });
  return online === undefined ? members : t('messages.membersOnline', { members, count: online });
}

/** How many want to join, for who decides it: the details, where this leads, say who. */
function Joiners({ groupId }: { readonly groupId: string }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const count = useChatState(
    ({ groupRequests }) => joinersToAnswer(groupRequests, me, Date.now()).filter((one) => one.groupId === groupId).length,
  );
  if (count === 0) return null;
  const words = t('messages.joiners', { count });
  return (
    <span className={styles.joiners} role="img" aria-label={words} title={words}>
      <UserPlus size={14} aria-hidden="true" />
      {count}
    </span>
  );
}

/** Whether somebody is there, or when they were. */
function Presence({ userId }: { readonly userId: string }): ReactNode {
  const { t } = useTranslation();
  const isOnline = useChatState(({ connection }) => connection.state === 'online');
  const presence = useChatState((state) => state.presence[userId]);
  usePresence([userId]);
  if (!presence || !isOnline) return null;
  if (presence.online) return <span className={styles.online}>{t('messages.online')}</span>;
  const { lastSeenAt: at } = presence;
  return at === null ? t('messages.offline') : t('messages.lastSeen', { day: dayName(at), time: clock(at) });
}
