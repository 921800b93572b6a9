import type { Conversation } from '@app/sdk';
import { keep, kept, keptNames } from '../../kit/kept';
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

/** Keeps it in this browser, as far as the browser lets it. */
export const keepVisit = (userId: string, visit: Kept): void => keep(prefix + userId, JSON.stringify(visit));

/** What was kept here for a user. */
export function recall(userId: string): Kept {
  try {
    const { lines, users } = { ...nothing, ...(JSON.parse(kept(prefix + userId) ?? '{}') as Partial<Kept>) };
    return Array.isArray(lines) && Array.isArray(users) ? { lines, users } : nothing;
  } catch {
    return nothing;
  }
}

/** Forgets what was kept for everybody. */
export function forgetKept(): void {
  for (const name of keptNames(prefix)) keep(name, null);
}
