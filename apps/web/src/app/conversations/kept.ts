import type { Conversation } from '@app/sdk';
import type { User } from '../users/names';
import { inOrder } from './conversations';

/** The list and the names that a browser keeps of its last visit, so that a start without a network shows who is who. Never what people say. */
export interface Kept {
  readonly lines: readonly Conversation[];
  readonly users: readonly User[];
}

/** So many lines, and so many users, are kept. */
const maxLines = 200;
const maxUsers = 300;

const prefix = 'parley.kept.';
const nothing: Kept = { lines: [], users: [] };

/** What is worth keeping: the first lines of the list without what was said, and the users of these lines before all others. */
export function keptOf(conversations: Readonly<Record<string, Conversation>>, users: readonly User[]): Kept {
  const lines = inOrder(conversations).slice(0, maxLines);
  const listed = new Set(lines.map(({ userId }) => userId));
  const [first, rest] = [users.filter(({ id }) => listed.has(id)), users.filter(({ id }) => !listed.has(id))];
  return {
    lines: lines.map((line) => ({ ...line, lastMessage: null, draft: null })),
    users: [...first, ...rest].slice(0, maxUsers),
  };
}

/** Keeps it in this browser, as far as there is room. */
export function keep(userId: string, kept: Kept): void {
  try {
    localStorage.setItem(prefix + userId, JSON.stringify(kept));
  } catch {
    // Without room the next start without a network shows less.
  }
}

/** What was kept here for a user. */
export function recall(userId: string): Kept {
  try {
    const { lines, users } = { ...nothing, ...(JSON.parse(localStorage.getItem(prefix + userId) ?? '{}') as Partial<Kept>) };
    return Array.isArray(lines) && Array.isArray(users) ? { lines, users } : nothing;
  } catch {
    return nothing;
  }
}

/** Forgets what was kept for everybody. */
export function forgetKept(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
}
