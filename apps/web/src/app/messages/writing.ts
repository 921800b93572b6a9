import type { Conversation } from '@app/sdk';
import type { FormerLine, Leaving } from '../state';

/** Why nothing can be written in a conversation. */
export type WhyNot =
  { readonly reason: Leaving | 'blocked' | 'muteAll' | 'loading' } | { readonly reason: 'muted'; readonly until: number };

interface Standing {
  readonly line: Conversation | undefined;
  /** Its line before the user left the group. */
  readonly former: FormerLine | undefined;
  readonly isBlocked: boolean;
  readonly isGroup: boolean;
  readonly isLoaded: boolean;
  readonly now: number;
}

/** Why the user may not write here; undefined when they may. The server has the last word. */
export function whyNotWrite({ line, former, isBlocked, isGroup, isLoaded, now }: Standing): WhyNot | undefined {
  if (!line && isGroup) return { reason: former?.why ?? (former || isLoaded ? 'left' : 'loading') };
  if (isBlocked) return { reason: 'blocked' };
  if (line?.mutedUntil !== undefined && line.mutedUntil > now) return { reason: 'muted', until: line.mutedUntil };
  if (line?.muteAll && line.role === 'member') return { reason: 'muteAll' };
  return undefined;
}
