import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { ArrowDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Conversation } from '@app/sdk';
import { dayName } from '../../i18n/times';
import { useMenu } from '../../kit/menu';
import { useChat, useChatState } from '../chat-context';
import { useMessageActions } from './actions';
import type { Intent } from './intent';
import { oneLine } from '../conversations/previews';
import { useName } from '../users/names';
import { isLooking, whenLooking } from './looking';
import styles from './MessageList.module.css';
import { MessageRow, type RowMenu } from './MessageRow';
import { saidIn } from './payload';
import { leavePlace, placeIn } from './places';
import { type Row, type Rows, type Unread, rowOfSeq, rowsOf } from './rows';
import { tickOf } from './ticks';
import type { MessageWindow } from './window';

/** Where the reader wants to be: at a message, or at the newest. */
export interface Target {
  readonly to: number | 'end';
  /** Another one each time, so that the same place can be wanted again. */
  readonly nonce: number;
}

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

/** So near (px) to an end more is loaded. */
const nearPx = 1_200;
/** So near (px) to the end it counts as the end: what comes is shown. */
const endPx = 40;
/** For so long (ms) a list goes on by itself that was pushed. */
const momentumMs = 1_000;
/** So long (ms) after scrolling the day is shown. */
const dayStaysMs = 1_200;
/** For so long (ms) a message is marked that somebody jumped to. */
const flashMs = 1_800;

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

  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const lastOffset = useRef(0);
  const isScrolling = useScrolling(scroller);
  const [isAway, setIsAway] = useState(false);
  const [day, setDay] = useState<string>();
  const dayTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const flash = useFlash();
  const latestLook = useRef<() => void>(() => undefined);
  const latest = useRef({ rows, window });
  latest.current = { rows, window };

  const goTo = useCallback(
    (to: Target['to'], align: 'center' | 'start' = 'center') => {
      const { rows } = latest.current;
      if (to === 'end') {
        isAtEnd.current = true;
        list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
        return;
      }
      isAtEnd.current = false;
      list.current?.scrollToIndex(rowOfSeq(rows, to), { align, offset: align === 'start' ? -48 : 0 });
    },
    [list],
  );

  // The first place: where somebody wanted to go, where they were, at what is unread, or at the end.
  useLayoutEffect(() => {
    const place = placeIn(chat, convId);
    const index = place === undefined ? -1 : latest.current.rows.findIndex(({ key }) => key === place.key);
    if (target) wanted(target.to);
    else if (place && index >= 0) {
      isAtEnd.current = false;
      list.current?.scrollToIndex(index, { align: 'start', offset: place.offset });
    } else if (unread && latest.current.rows.length > 0) goTo(unread.seq, 'start');
    else goTo('end');
  }, []);

  const wanted = (to: Target['to']): void => {
    goTo(to);
    if (to !== 'end') flash.on(latest.current.rows[rowOfSeq(latest.current.rows, to)]?.key);
  };
  const seenTarget = useRef(target);
  useEffect(() => {
    if (!target || target === seenTarget.current) return;
    seenTarget.current = target;
    wanted(target.to);
  }, [target]);

  // Who is at the end stays there, whatever comes or grows.
  const stay = useCallback(() => {
    if (isAtEnd.current) list.current?.scrollToIndex(latest.current.rows.length - 1, { align: 'end' });
  }, []);
  const resized = useCallback(() => {
    stay();
    latestLook.current();
  }, [stay]);
  const lastKey = rows.at(-1)?.key;
  useLayoutEffect(stay, [lastKey, rows.length, stay]);

  // Older ones come before what is seen, which stays where it is.
  const first = useRef(rows[0]?.key);
  const length = useRef(rows.length);
  const isShifted = first.current !== rows[0]?.key && length.current !== rows.length;
  useLayoutEffect(() => {
    first.current = rows[0]?.key;
    length.current = rows.length;
  });

  const look = useCallback(() => {
    const at = list.current;
    if (!at || at.viewportSize === 0) return;
    const { rows, window } = latest.current;
    const top = at.scrollOffset;
    const bottom = top + at.viewportSize;
    // Who came to what is unread may see the end too, and has nothing to scroll.
    if (bottom >= at.scrollSize - endPx) isAtEnd.current = true;
    const atEnd = isAtEnd.current;
    chat.windows.readsBack(convId, !atEnd);
    setIsAway(!atEnd || !window.atEnd);
    if (isLooking()) chat.read(convId, lastSeen(at, rows, window));
    leavePlace(chat, convId, atEnd && window.atEnd ? undefined : anchorOf(at, rows));
    if (top < nearPx && window.from > 1) void chat.windows.loadOlder(convId).catch(() => undefined);
    if (bottom > at.scrollSize - nearPx && !window.atEnd) void chat.windows.loadNewer(convId).catch(() => undefined);
  }, [chat, convId]);
  latestLook.current = look;
  useEffect(() => {
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [look, rows, window]);
  useEffect(() => whenLooking((isLooking) => isLooking && look()), [look]);
  useEffect(
    () => () => {
      clearTimeout(dayTimer.current);
      chat.windows.readsBack(convId, false);
    },
    [chat, convId],
  );

  const onScroll = useThrottled(
    useCallback(() => {
      const at = list.current;
      if (!at) return;
      const gone = at.scrollOffset < lastOffset.current && isScrolling.current();
      lastOffset.current = at.scrollOffset;
      // Only the reader goes away from the end: what comes meanwhile makes the list longer before it is followed.
      if (at.scrollOffset + at.viewportSize >= at.scrollSize - endPx) isAtEnd.current = true;
      else if (gone) isAtEnd.current = false;
      const row = latest.current.rows[at.findItemIndex(at.scrollOffset + 4)];
      setDay(isAtEnd.current || !row ? undefined : dayName(row.timestamp));
      clearTimeout(dayTimer.current);
      dayTimer.current = setTimeout(() => setDay(undefined), dayStaysMs);
      look();
    }, [look]),
  );

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
        <Virtualizer
          ref={list}
          scrollRef={scroller}
          data={rows}
          shift={isShifted}
          bufferSize={500}
          onScroll={onScroll}
          onScrollEnd={look}
          onResize={resized}
        >
          {(row) => (
            <MessageRow
              key={row.key}
              row={row}
              isGroup={isGroup}
              canWrite={canWrite}
              isFlashing={flash.key === row.key}
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

/** Says to screen readers what others have just said. */
function Announcement({ row }: { readonly row: Row | undefined }): ReactNode {
  const { userId: me } = useChat();
  const [first] = useState(row?.timestamp ?? 0);
  const message =
    row?.kind === 'entry' && row.entry.kind === 'message' && row.entry.from !== me && row.timestamp > first ? row.entry : undefined;
  const said = message && saidIn(message);
  const name = useName(message?.from);
  return (
    <p className="visually-hidden" aria-live="polite">
      {said?.kind === 'text' && `${name}: ${oneLine(said.text)}`}
    </p>
  );
}

/** How far somebody sees who sees this: to the last message that ends above the edge, or fills all of it. */
function lastSeen(at: VirtualizerHandle, rows: readonly Row[], window: MessageWindow): number {
  const bottom = at.scrollOffset + at.viewportSize;
  let index = at.findItemIndex(bottom - 1);
  const end = at.getItemOffset(index) + at.getItemSize(index);
  if (end > bottom + 24 && at.getItemOffset(index) > at.scrollOffset) index--;
  // Behind the last line there may be what has none, as an edit.
  const isLast = index >= rows.length - 1 || rows[index + 1]?.kind !== 'entry';
  if (isLast && window.atEnd) return window.to;
  for (; index >= 0; index--) {
    const row = rows[index];
    if (row?.kind === 'entry') return row.entry.seq;
  }
  return 0;
}

function anchorOf(at: VirtualizerHandle, rows: readonly Row[]) {
  const index = at.findItemIndex(at.scrollOffset);
  const row = rows[index];
  return row && { key: row.key, offset: at.scrollOffset - at.getItemOffset(index) };
}

/** Whether the reader scrolls at the moment, by wheel, finger, bar or key, and not the page by itself. */
function useScrolling(scroller: RefObject<HTMLElement | null>): RefObject<() => boolean> {
  const isScrolling = useRef<() => boolean>(() => false);
  useEffect(() => {
    const { current } = scroller;
    if (!current) return;
    let last = -Infinity;
    let isDown = false;
    const moved = () => (last = performance.now());
    const down = () => (isDown = true);
    const up = () => {
      isDown = false;
      moved();
    };
    isScrolling.current = () => isDown || performance.now() - last < momentumMs;
    const stop = new AbortController();
    const options = { passive: true, signal: stop.signal };
    for (const name of ['wheel', 'touchmove', 'keydown']) current.addEventListener(name, moved, options);
    current.addEventListener('pointerdown', down, options);
    for (const name of ['pointerup', 'pointercancel']) addEventListener(name, up, options);
    return () => stop.abort();
  }, [scroller]);
  return isScrolling;
}

/** The line that somebody was led to, for a moment. */
function useFlash() {
  const [key, setKey] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const on = (next: string | undefined) => {
    clearTimeout(timer.current);
    setKey(next);
    timer.current = setTimeout(() => setKey(undefined), flashMs);
  };
  return { key, on };
}

/** At once, and then at most every 100 ms, the last time included. */
function useThrottled(work: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useRef(false);
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) return void (again.current = true);
    latest.current();
    const tick = () => {
      timer.current = undefined;
      if (!again.current) return;
      again.current = false;
      latest.current();
      timer.current = setTimeout(tick, 100);
    };
    timer.current = setTimeout(tick, 100);
  }, []);
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
