import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef } from 'react';
import { ArrowDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import type { Conversation } from '@app/sdk';
import { useMenu } from '../../kit/menu';
import { useChat, useChatState } from '../chat-context';
import { useMessageActions } from './actions';
import { Announcement } from './Announcement';
import { type Target, useFollowing } from './following';
import type { Intent } from './intent';
import styles from './MessageList.module.css';
import { MessageRow, type RowMenu } from './MessageRow';
import { type Row, type Rows, type Unread, rowsOf } from './rows';
import { tickOf } from './ticks';
import type { MessageWindow } from './window';

interface MessageListProps {
  readonly convId: string;
  readonly window: MessageWindow;
  readonly line: Conversation | undefined;
  readonly name: string;
  readonly unread: Unread | undefined;
  readonly target: Target | undefined;
  readonly canWrite: boolean;
  readonly onIntent: (intent: Intent) => void;
  readonly onJump: (to: Target['to']) => void;
}

/** What was said, drawn as far as it can be seen; 100,000 messages are as many as ten. */
export function MessageList(props: MessageListProps): ReactNode {
  const { convId, window, line, name, unread, target, canWrite, onIntent, onJump } = props;
  const { t } = useTranslation();
  const chat = useChat();
  const outbox = useChatState((state) => state.outbox);
  const uploads = useChatState((state) => state.uploads);
  const made = useRef<Rows>(undefined);
  const rows = useMemo(() => {
    const waiting = {
      outbox: outbox.filter((item) => item.convId === convId && !(item.storedSeq !== undefined && item.storedSeq <= window.to)),
      uploads: uploads.filter((item) => item.convId === convId),
    };
    made.current = rowsOf(window.entries, window.atEnd ? waiting : { outbox: [], uploads: [] }, chat.userId, unread, made.current);
    return made.current.rows;
  }, [window, outbox, uploads, convId, chat, unread]);

  const { list, scroller, isShifted, isAway, day, flashing, on } = useFollowing({ convId, window, rows, unread, target });

  const menu = useMenu();
  const actionsOf = useMessageActions({ canWrite, onIntent });
  const latestActions = useRef(actionsOf);
  latestActions.current = actionsOf;
  const showMenu = useCallback<RowMenu>(
    (at, row) => {
      const items = latestActions.current(row);
      if (items.length > 0) menu.show({ at, label: t('messages.actions'), items });
    },
    [menu.show, t],
  );
  const reply = useCallback<(row: Row) => void>(
    (row) => {
      if (row.kind === 'entry' && row.entry.kind === 'message') onIntent({ kind: 'reply', message: row.entry });
    },
    [onIntent],
  );

  const isGroup = line ? line.convType === 'group' : convId.startsWith('group:');
  const receipt = isGroup ? undefined : line?.receipt;
  return (
    <div className={styles.frame}>
      {rows.length === 0 && <Nothing name={name} isGroup={isGroup} />}
      <div
        ref={scroller}
        className={styles.scroller}
        // A feed has articles.
        role={rows.length === 0 ? 'group' : 'feed'}
        aria-label={t('messages.list', { name })}
        aria-busy={window.from > 1 && rows.length === 0}
        tabIndex={0}
        onKeyDown={(event) => moveByArrows(event)}
      >
        <div className={styles.above} />
        <Virtualizer ref={list} scrollRef={scroller} data={rows} shift={isShifted} bufferSize={500} {...on}>
          {(row) => (
            <MessageRow
              key={row.key}
              row={row}
              isGroup={isGroup}
              canWrite={canWrite}
              isFlashing={flashing === row.key}
              tick={row.kind === 'entry' && row.entry.from === chat.userId ? tickOf(row.entry.seq, receipt) : undefined}
              onMenu={showMenu}
              onReply={reply}
              onJump={onJump}
            />
          )}
        </Virtualizer>
      </div>
      {day !== undefined && isAway && (
        <div className={styles.day} aria-hidden="true">
          {day}
        </div>
      )}
      {isAway && (
        <button type="button" className={styles.newest} onClick={() => onJump('end')}>
          <ArrowDown size={20} aria-hidden="true" />
          <span className="visually-hidden">{t('messages.toNewest')}</span>
          {line && line.unread > 0 && <span className={styles.count}>{line.unread > 999 ? '999+' : line.unread}</span>}
        </button>
      )}
      <Announcement row={rows.at(-1)} />
      {menu.element}
    </div>
  );
}

/** The arrows go from message to message; from the list itself to the last one. */
function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || event.target instanceof HTMLTextAreaElement) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-message]')];
  const here = all.findIndex((one) => one.contains(event.target as Node));
  const next = here === -1 ? all.at(-1) : all[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Nothing({ name, isGroup }: { readonly name: string; readonly isGroup: boolean }): ReactNode {
  const { t } = useTranslation();
  return <p className={styles.nothing}>{t(isGroup ? 'messages.nothingInGroup' : 'messages.nothing', { name })}</p>;
}
