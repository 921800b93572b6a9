import { type MouseEvent, type PointerEvent, type TouchEvent, useMemo, useRef } from 'react';

/** A finger that stays so long (ms) means a menu. */
const holdMs = 450;
/** A finger that moves so far (px) means to scroll. */
const slackPx = 10;

/** Handlers for what opens a menu with the mouse, the menu key of the keyboard, or a finger that stays. */
export function useHold(open: (at: { readonly x: number; readonly y: number }, target: Element) => void) {
  const latest = useRef(open);
  latest.current = open;
  return useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let begun = { x: 0, y: 0 };
    let held = false;
    const stop = () => clearTimeout(timer);
    return {
      onContextMenu: (event: MouseEvent) => {
        // A text that is selected has a menu of the browser's.
        if (String(getSelection()) !== '') return;
        event.preventDefault();
        stop();
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        // The menu key tells no place.
        const at = event.clientX === 0 && event.clientY === 0 ? { x: left + 24, y: bottom } : { x: event.clientX, y: event.clientY };
        latest.current(at, event.currentTarget);
      },
      onPointerDown: (event: PointerEvent) => {
        held = false;
        if (event.pointerType !== 'touch') return;
        begun = { x: event.clientX, y: event.clientY };
        const target = event.currentTarget;
        timer = setTimeout(() => {
          held = true;
          latest.current(begun, target);
        }, holdMs);
      },
      onPointerMove: (event: PointerEvent) => {
        if (Math.hypot(event.clientX - begun.x, event.clientY - begun.y) > slackPx) stop();
      },
      onPointerUp: stop,
      // A finger that was held is no click when it is lifted: that would close the menu that it has opened.
      onTouchEnd: (event: TouchEvent) => {
        if (held) event.preventDefault();
      },
      onPointerCancel: stop,
      onClickCapture: (event: MouseEvent) => {
        if (!held) return;
        held = false;
        event.preventDefault();
        event.stopPropagation();
      },
    };
  }, []);
}
