import { type Conversation, type Entry, type ParleyClient, groupIdOf } from '@app/sdk';
import type { ChatStore, GroupRequest } from '../state';

/** Of so many groups at most it is asked who wants to join. */
const maxGroups = 30;
/** Of so many requests to join a group it is told. */
const maxRequests = 100;
/** The event of a request comes to the owner alone; admins are asked for so often (ms) while they look, */
const everyMs = 2 * 60_000;
/** and when they come back to the page after so long (ms). */
const freshMs = 20_000;

const runs = ({ role }: Pick<Conversation, 'role'>): boolean => role === 'owner' || role === 'admin';

/**
 * Who wants to join the groups that this user runs. `sync` does not tell it, so it is asked when the list has come, and of what changes
 * the events and logs of the groups tell; what is no event is asked for now and then.
 */
export class Joiners {
  private askedAt = 0;
  private readonly timer = setInterval(() => this.askAsAdmin(everyMs), everyMs / 4);
  private readonly onSight = () => this.askAsAdmin(freshMs);

  constructor(
    private readonly client: Pick<ParleyClient, 'on' | 'request' | 'status'>,
    private readonly store: ChatStore,
    private readonly me: string,
  ) {
    client.on('group_removed', ({ groupId }) => this.forget(groupId));
    document.addEventListener('visibilitychange', this.onSight);
  }

  close(): void {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.onSight);
  }

  /** Asks of all groups where this user decides who comes in; what was known of others is void. */
  askAll(): void {
    this.askedAt = Date.now();
    const { conversations } = this.store.getState();
    const runsIt = new Set(Object.values(conversations).flatMap((line) => (runs(line) ? (line.groupId ?? []) : [])));
    this.drop((one) => this.isJoiner(one) && !runsIt.has(one.groupId));
    this.askThose((line) => runs(line) && line.joinPolicy === 'approval');
  }

  /** Asks of one group. Throws a `ParleyError`. */
  async ask(groupId: string): Promise<void> {
    const { requests } = await this.client.request('groupRequests', { params: { id: groupId }, query: { limit: maxRequests } });
    const told = Object.fromEntries(requests.map((one) => [one.id, one]));
    this.store.setState(({ groupRequests: known }) => ({
      groupRequests: { ...without(known, (one) => this.isJoiner(one, groupId)), ...told },
    }));
  }

  /** Takes an entry of a group: who has come in waits no more, and who runs the group no more is not asked. */
  told(entry: Entry): void {
    const groupId = groupIdOf(entry.convId);
    if (groupId === undefined) return;
    switch (entry.kind) {
      case 'member_joined':
        return this.drop((one) => this.isJoiner(one, groupId) && one.userId === entry.userId);
      case 'member_left':
        return entry.userId === this.me ? this.forget(groupId) : undefined;
      case 'group_dissolved':
        return this.forget(groupId);
      case 'member_updated':
        if (entry.userId !== this.me || entry.role === undefined) return;
        return entry.role === 'member' ? this.forget(groupId) : this.askSoon(groupId);
      case 'group_updated':
        return entry.ownerId === this.me ? this.askSoon(groupId) : undefined;
      default:
    }
  }

  private askAsAdmin(olderThanMs: number): void {
    if (document.visibilityState !== 'visible' || Date.now() - this.askedAt < olderThanMs) return;
    this.askedAt = Date.now();
    this.askThose(({ role, joinPolicy }) => role === 'admin' && joinPolicy === 'approval');
  }

  private askThose(isWanted: (line: Conversation) => boolean): void {
    if (this.client.status !== 'online') return;
    const groups = Object.values(this.store.getState().conversations).filter(isWanted);
    for (const { groupId } of groups.slice(0, maxGroups)) if (groupId !== undefined) this.askSoon(groupId);
  }

  private askSoon(groupId: string): void {
    // Without an answer it stays what was known.
    void this.ask(groupId).catch(() => undefined);
  }

  /** The user runs a group no more. */
  private forget(groupId: string): void {
    this.drop((one) => this.isJoiner(one, groupId));
  }

  private isJoiner({ groupId, kind, userId }: GroupRequest, of = groupId): boolean {
    return groupId === of && kind === 'request' && userId !== this.me;
  }

  private drop(isGone: (one: GroupRequest) => boolean): void {
    this.store.setState(({ groupRequests }) => ({ groupRequests: without(groupRequests, isGone) }));
  }
}

type Requests = Readonly<Record<string, GroupRequest>>;

const without = (known: Requests, isGone: (one: GroupRequest) => boolean): Requests => {
  const left = Object.entries(known).filter(([, one]) => !isGone(one));
  return left.length === Object.keys(known).length ? known : Object.fromEntries(left);
};
