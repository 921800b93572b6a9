import type { ParleyClient } from '@app/sdk';
import type { ChatStore, PresenceView } from '../state';

/** Of so many users it is asked at once; see `maxListItems` of the server. */
const atOnce = 200;
/** So many are watched at most; those who come into view after them are not. */
const maxWatched = 400;
/** Those who come into view within so long (ms) are asked about together. */
const gatherMs = 50;
/** So often (ms) it is asked again of those of whom the server tells nothing by itself. */
const everyMs = 60_000;

/** What a watch works with. */
export interface PresenceParts {
  /** Asks of some users; those of whom it may not tell are left out. */
  readonly ask: (userIds: readonly string[]) => Promise<readonly ({ readonly userId: string } & PresenceView)[]>;
  /** Takes what was told. */
  readonly told: (presence: Readonly<Record<string, PresenceView>>) => void;
  /** Whether the server tells it of somebody by itself: of friends. */
  readonly isTold: (userId: string) => boolean;
  readonly isOnline: () => boolean;
  /** Whether somebody looks at the page. */
  readonly isSeen: () => boolean;
}

/** A watch whose answers are in the state, beside what the server tells of friends by itself. */
export function watchPresence(client: ParleyClient, store: ChatStore): PresenceWatch {
  const told = (news: Readonly<Record<string, PresenceView>>) => store.setState(({ presence }) => ({ presence: { ...presence, ...news } }));
  client.on('presence', ({ userId, online, lastSeenAt }) => told({ [userId]: { online, lastSeenAt } }));
  return new PresenceWatch({
    ask: async (userIds) => (await client.call('presence', { userIds: [...userIds] })).users,
    told,
    isTold: (userId) => userId in store.getState().friends,
    isOnline: () => client.status === 'online',
    isSeen: () => document.visibilityState === 'visible',
  });
}

/**
 * Who of those that are on the screen is there. It is asked when they come into view, when the connection is there again, and every
 * minute of those of whom the server tells nothing by itself. A hint that nobody waits for: what is not told is not shown.
 */
export class PresenceWatch {
  /** How many places show a user. */
  private readonly watched = new Map<string, number>();
  private readonly fresh = new Set<string>();
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly parts: PresenceParts) {
    this.timer = setInterval(() => {
      if (parts.isSeen()) this.ask([...this.watched.keys()].filter((userId) => !parts.isTold(userId)));
    }, everyMs);
  }

  /** Some users are on the screen, until what is returned is called. */
  watch(userIds: readonly string[]): () => void {
    const taken = userIds.filter((userId) => this.enter(userId));
    if (this.fresh.size > 0) this.gathering ??= setTimeout(() => this.gathered(), gatherMs);
    return () => taken.forEach((userId) => this.leave(userId));
  }

  /** The connection is there again: what happened meanwhile was not told. */
  again(): void {
    this.ask([...this.watched.keys()]);
  }

  /** Asks of some users once. */
  ask(userIds: readonly string[]): void {
    if (!this.parts.isOnline()) return;
    for (let at = 0; at < userIds.length; at += atOnce) {
      const told = (users: Awaited<ReturnType<PresenceParts['ask']>>) =>
        this.parts.told(Object.fromEntries(users.map(({ userId, online, lastSeenAt }) => [userId, { online, lastSeenAt }])));
      this.parts.ask(userIds.slice(at, at + atOnce)).then(told, () => undefined);
    }
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.gathering);
  }

  private gathered(): void {
    const fresh = [...this.fresh].filter((userId) => this.watched.has(userId));
    this.gathering = undefined;
    this.fresh.clear();
    this.ask(fresh);
  }

  /** Whether there is room for another place that shows a user. */
  private enter(userId: string): boolean {
    const places = this.watched.get(userId) ?? 0;
    if (places === 0 && this.watched.size >= maxWatched) return false;
    this.watched.set(userId, places + 1);
    if (places === 0) this.fresh.add(userId);
    return true;
  }

  private leave(userId: string): void {
    const places = (this.watched.get(userId) ?? 0) - 1;
    if (places > 0) this.watched.set(userId, places);
    else this.watched.delete(userId);
  }
}
