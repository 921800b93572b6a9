import { type RefObject, useCallback, useEffect, useRef } from 'react';

/** For so long (ms) a list goes on by itself that was pushed. */
const momentumMs = 1_000;

/** Whether the reader scrolls at the moment, by wheel, finger, bar or key, and not the page by itself. */
export function useScrolling(scroller: RefObject<HTMLElement | null>): RefObject<() => boolean> {
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

/** At once, and then at most every 100 ms, the last time included. */
export function useThrottled(work: () => void): () => void {
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
