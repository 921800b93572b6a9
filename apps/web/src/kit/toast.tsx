import { type ReactNode, useSyncExternalStore } from 'react';
import styles from './toast.module.css';

/** How long (ms) a word stays. */
const staysMs = 4_000;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isProblem: boolean;
}

let shown: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Says something for a few seconds, to screen readers too. */
export function say(text: string, { isProblem = false } = {}): void {
  const id = ++last;
  set([...shown.filter((one) => one.text !== text).slice(-2), { id, text, isProblem }]);
  setTimeout(() => set(shown.filter((one) => one.id !== id)), staysMs);
}

/** Where that is said; once per page. */
export function Toasts(): ReactNode {
  const toasts = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => shown,
  );
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {toasts.map(({ id, text, isProblem }) => (
        <p key={id} className={`${styles.toast} ${isProblem ? styles.problem : ''}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
