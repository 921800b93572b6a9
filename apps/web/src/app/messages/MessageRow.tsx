import { type ReactNode, memo } from 'react';
import { MoreHorizontal, Reply, RotateCcw, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Message } from '@app/sdk';
import { clock, dayName, moment } from '../../i18n/times';
import { Avatar } from '../../kit/Avatar';
import { useHold } from '../../kit/hold';
import type { MenuPlace } from '../../kit/menu-item';
import { convIdWith } from '../chat';
import { useChat } from '../chat-context';
import { placeOf } from '../shell/places';
import { useName, useUser } from '../users/names';
import { Content } from './Content';
import { EventLine } from './EventLine';
import styles from './MessageRow.module.css';
import { Quote } from './Quote';
import type { Row } from './rows';
import { Ticks } from './Ticks';
import type { Tick } from './ticks';
import { UploadBubble } from './UploadBubble';
import { nameColour } from './colours';

/** Opens the menu of a line. */
export type RowMenu = (at: MenuPlace, row: Row) => void;

interface MessageRowProps {
  readonly row: Row;
  readonly isGroup: boolean;
  readonly canWrite: boolean;
  readonly isFlashing: boolean;
  /** How far an own message has come. */
  readonly tick: Tick | undefined;
  readonly onMenu: RowMenu;
  readonly onReply: (row: Row) => void;
  readonly onJump: (seq: number) => void;
}

/** One line of what was said, with what stands above it: a new day, the first unread message. */
export const MessageRow = memo(
  function MessageRow(props: MessageRowProps): ReactNode {
    const { row } = props;
    return (
      <div className={styles.row} data-first={row.first} data-last={row.last}>
        {row.day && (
          <p className={styles.day}>
            <time dateTime={new Date(row.timestamp).toISOString().slice(0, 10)}>{dayName(row.timestamp)}</time>
          </p>
        )}
        {row.unread > 0 && <UnreadMark count={row.unread} />}
        <Line {...props} />
      </div>
    );
  },
  (a, b) => sameRow(a.row, b.row) && otherProps.every((key) => a[key] === b[key]),
);

const otherProps = ['isGroup', 'canWrite', 'isFlashing', 'tick', 'onMenu', 'onReply', 'onJump'] as const;
const placeProps = ['key', 'day', 'first', 'last', 'unread', 'timestamp'] as const;

/** Lines are made anew with every message; the most are as they were. */
function sameRow(a: Row, b: Row): boolean {
  if (placeProps.some((key) => a[key] !== b[key])) return false;
  if (a.kind === 'entry' && b.kind === 'entry') return a.entry === b.entry;
  if (a.kind === 'pending' && b.kind === 'pending') return a.item === b.item;
  return a.kind === 'upload' && b.kind === 'upload' && a.upload === b.upload;
}

function UnreadMark({ count }: { readonly count: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className={styles.unread}>
      <span>{t('messages.newMessages', { count })}</span>
    </p>
  );
}

function Line(props: MessageRowProps): ReactNode {
  const { row } = props;
  if (row.kind === 'upload') return <UploadBubble upload={row.upload} />;
  if (row.kind === 'pending') return <Bubble {...props} message={{ ...row.item.message, from: undefined }} />;
  const { entry } = row;
  if (entry.kind !== 'message' || entry.type === 'system') return <EventLine entry={entry} />;
  return <Bubble {...props} message={entry} />;
}

type Shown = Pick<Message, 'type' | 'payload' | 'recalled' | 'editedAt' | 'replyTo' | 'mentions'> & { readonly from: string | undefined };

function Bubble({
  row,
  message,
  isGroup,
  canWrite,
  isFlashing,
  tick,
  onMenu,
  onReply,
  onJump,
}: MessageRowProps & { readonly message: Shown }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const { from = me } = message;
  const isOwn = from === me;
  const name = useName(from);
  const hold = useHold((at) => onMenu(at, row));
  const convId = row.kind === 'entry' ? row.entry.convId : row.kind === 'pending' ? row.item.convId : '';
  const seq = row.kind === 'entry' ? row.entry.seq : undefined;
  const refused = row.kind === 'pending' ? row.item.refused : undefined;
  const isRefused = refused !== undefined;
  const state =
    tick ?? (row.kind === 'pending' ? (isRefused ? 'failed' : row.item.storedSeq === undefined ? 'sending' : 'sent') : undefined);
  return (
    <article
      className={styles.message}
      data-own={isOwn}
      data-group={isGroup}
      data-flash={isFlashing}
      data-message={seq ?? ''}
      tabIndex={-1}
      {...hold}
      aria-label={t('messages.by', { name: isOwn ? t('chats.you') : name, time: clock(row.timestamp) })}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.key !== 'Enter') return;
        event.preventDefault();
        const { left, bottom } = event.currentTarget.querySelector(`.${styles.bubble}`)!.getBoundingClientRect();
        onMenu({ x: left + 12, y: bottom }, row);
      }}
    >
      {isGroup && !isOwn && <span className={styles.face}>{row.first && <Face userId={from} name={name} />}</span>}
      <div className={styles.bubble}>
        {isGroup && !isOwn && row.first && (
          <bdi className={styles.author} style={{ color: nameColour(from) }}>
            {name}
          </bdi>
        )}
        {message.replyTo !== undefined && !message.recalled && <Quote convId={convId} seq={message.replyTo} onJump={onJump} />}
        <Content message={message} isOwn={isOwn}>
          <span className={styles.meta}>
            {message.editedAt !== undefined && !message.recalled && <span>{t('messages.edited')}</span>}
            <time dateTime={new Date(row.timestamp).toISOString()} title={moment(row.timestamp)}>
              {clock(row.timestamp)}
            </time>
            {isOwn && state !== undefined && <Ticks tick={state} />}
          </span>
        </Content>
      </div>
      {!isRefused && row.kind === 'entry' && !message.recalled && (
        <span className={styles.tools}>
          {canWrite && (
            <button type="button" aria-label={t('messages.reply')} title={t('messages.reply')} onClick={() => onReply(row)}>
              <Reply size={16} aria-hidden="true" />
            </button>
          )}
          <button
            type="button"
            aria-label={t('messages.actions')}
            title={t('messages.actions')}
            aria-haspopup="menu"
            onClick={(event) => onMenu(event.currentTarget, row)}
          >
            <MoreHorizontal size={16} aria-hidden="true" />
          </button>
        </span>
      )}
      {isRefused && row.kind === 'pending' && <Refused code={refused} clientMsgId={row.item.clientMsgId} />}
    </article>
  );
}

/** Why a message was not taken, and what can be done about it. */
function Refused({ code, clientMsgId }: { readonly code: string; readonly clientMsgId: string }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  return (
    <div className={styles.refused} role="alert">
      <span>{t(`errors.${code}`)}</span>
      <button type="button" onClick={() => void chat.retry(clientMsgId)}>
        <RotateCcw size={13} aria-hidden="true" />
        {t('messages.retry')}
      </button>
      <button type="button" onClick={() => void chat.drop(clientMsgId)}>
        <Trash2 size={13} aria-hidden="true" />
        {t('messages.drop')}
      </button>
    </div>
  );
}

function Face({ userId, name }: { readonly userId: string; readonly name: string }): ReactNode {
  const { userId: me } = useChat();
  const user = useUser(userId);
  return (
    <Link href={`${placeOf(convIdWith(me, userId))}/details`} title={name} tabIndex={-1} aria-hidden="true">
      <Avatar id={userId} name={name} url={user?.avatarUrl} size="small" />
    </Link>
  );
}
