import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { dayName } from '../../i18n/times';
import { useChat } from '../chat-context';
import { useFlash } from './flash';
import { isLooking, whenLooking } from './looking';
import { leavePlace, placeIn } from './places';
import { type Row, type Unread, rowOfSeq } from './rows';
import { useScrolling, useThrottled } from './scrolling';
import type { MessageWindow } from './window';

/** Where the reader wants to be: at a message, or at the newest. */
export interface Target {
  readonly to: number | 'end';
  /** Another one each time, so that the same place can be wanted again. */
  readonly nonce: number;
}

/** What is shown of a conversation, and where somebody wants to be in it. */
interface Shown {
  readonly convId: string;
  readonly window: MessageWindow;
  readonly rows: readonly Row[];
  readonly unread: Unread | undefined;
  readonly target: Target | undefined;
}

/** So near (px) to an end more is loaded. */
const nearPx = 1_200;
/** So near (px) to the end it counts as the end: what comes is shown. */
const endPx = 40;
/** So long (ms) after scrolling the day is shown. */
const dayStaysMs = 1_200;

/**
 * Where somebody is in the list of a conversation. It begins where they wanted to go, were, or have not read; stays at the end while they
 * are there, and with what they see otherwise; loads more before an end is reached; and tells what was read.
 */
export function useFollowing({ convId, window, rows, unread, target }: Shown) {
  const chat = useChat();
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const last = useRef({ offset: 0, size: 0 });
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
    const seesEnd = bottom >= at.scrollSize - endPx;
    // Who came to what is unread may see the end too, and has nothing to scroll.
    if (seesEnd && window.atEnd) isAtEnd.current = true;
    const atEnd = isAtEnd.current || seesEnd;
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

  // Only the reader goes away from the end: what comes meanwhile, or is measured, makes the list longer or shorter before it is followed.
  const follow = useCallback((at: VirtualizerHandle) => {
    const { offset, size } = last.current;
    const gone = at.scrollOffset < offset && at.scrollSize === size && isScrolling.current();
    last.current = { offset: at.scrollOffset, size: at.scrollSize };
    if (at.scrollOffset + at.viewportSize >= at.scrollSize - endPx) isAtEnd.current = true;
    else if (gone) isAtEnd.current = false;
  }, []);
  const lookAround = useThrottled(
    useCallback(() => {
      const at = list.current;
      if (!at) return;
      const row = latest.current.rows[at.findItemIndex(at.scrollOffset + 4)];
      setDay(isAtEnd.current || !row ? undefined : dayName(row.timestamp));
      clearTimeout(dayTimer.current);
      dayTimer.current = setTimeout(() => setDay(undefined), dayStaysMs);
      look();
    }, [look]),
  );
  // Who goes away is let go at once: the next message would take them back.
  const onScroll = useCallback(() => {
    if (list.current) follow(list.current);
    lookAround();
  }, [follow, lookAround]);

  return {
    list,
    scroller,
    isShifted,
    isAway,
    day,
    flashing: flash.key,
    on: { onScroll, onScrollEnd: look, onResize: resized },
  };
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
