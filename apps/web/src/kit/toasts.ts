import { createStore } from 'zustand/vanilla';

/** Something to be told for some seconds. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly look: 'failure' | 'done';
}

const shownMs = { failure: 7_000, done: 3_500 } as const;
/** More would cover the page; the oldest make room. */
const maxShown = 3;

let last = 0;

/** What is told at the moment, oldest first. */
export const toasts = createStore<readonly Toast[]>(() => []);

/** Tells something at the edge of the page. The same words twice are told once. */
export function tell(text: string, look: Toast['look'] = 'failure'): void {
  const toast: Toast = { id: ++last, text, look };
  toasts.setState((now) => [...now.filter((one) => one.text !== text), toast].slice(-maxShown), true);
  setTimeout(() => dismiss(toast.id), shownMs[look]);
}

/** Takes it away. */
export function dismiss(id: number): void {
  toasts.setState((now) => now.filter((one) => one.id !== id), true);
}
