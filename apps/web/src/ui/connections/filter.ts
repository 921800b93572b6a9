import { pingRef } from './client';
import type { LogEntry } from './frame-log';

/** Which lines of a log are shown. */
export interface Filter {
  readonly direction: 'all' | 'in' | 'out';
  /** An action, an event, or a kind of line; empty for all. */
  readonly action: string;
  /** Any text of the line, without regard to case. */
  readonly text: string;
  /** Whether pings of the console and of the SDK are shown. */
  readonly pings: boolean;
}

export const everything: Filter = { direction: 'all', action: '', text: '', pings: false };

/** The lines that a filter lets through, in their order. */
export function filtered(entries: readonly LogEntry[], { direction, action, text, pings }: Filter): LogEntry[] {
  const wanted = text.trim().toLowerCase();
  return entries.filter(
    (entry) =>
      (direction === 'all' || entry.direction === direction) &&
      (pings || !isPing(entry)) &&
      (action === '' || actionOf(entry) === action) &&
      (wanted === '' || `${entry.title} ${entry.answers ?? ''} ${entry.text}`.toLowerCase().includes(wanted)),
  );
}

/** What a line is about: the action that was asked for, also on its reply; `REST` for requests; or an event. */
function actionOf({ kind, title, answers }: LogEntry): string {
  if (kind === 'rest') return 'REST';
  return answers ?? title;
}

/** The actions and events that are in a log, for a choice. */
export function actionsIn(entries: readonly LogEntry[]): string[] {
  return [...new Set(entries.map(actionOf))].sort();
}

const isPing = ({ title, answers, ref }: LogEntry): boolean =>
  (title === 'ping' || answers === 'ping') && (ref === undefined || pingRef.test(ref) || /^\d+$/.test(ref));
