import type { Clock, Log } from '@app/kit';
import type { ConversationName } from '@app/protocol';
import type { Arrivals } from './arrivals';
import { type Head, userTopic } from './envelope';
import { Feed, type FeedContext } from './feed';
import type { Outbox } from './outbox';
import type { Repairs } from './repairs';
import type { Sweep } from './sweep';
import type { Topics } from './topics';

const idleMs = 10 * 60_000;

/** A transaction may end so long after its time: after a minute of silence the store ends the connection of whoever began it. */
const lateMs = 70_000;

/** Somebody with connections to this gateway. */
interface LocalUser {
  boxes: readonly Outbox[];
  /** What was stored after this time (of the store) in a conversation without a cursor was stored while this gateway listened. */
  readonly since: number;
  /** It is not known yet where the user's conversations stood when this gateway began to listen. */
  arriving: boolean;
  /** Where those stood then that had changed lately and have no cursor yet. */
  heads: Map<string, number> | undefined;
  live: Promise<void>;
  readonly feeds: Set<Feed>;
}

/** What the c2c conversations of a gateway work with. `sweep` and `arrivals` are there when others write to the store too. */
export interface C2cParts extends FeedContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly topics: Topics<Head>;
  readonly repairs: Repairs;
  readonly sweep: Sweep | undefined;
  readonly arrivals: Arrivals | undefined;
}

/** The users who are connected here, and the streams of their c2c conversations, which they hear without a subscription. */
export class C2cFeeds {
  private readonly users = new Map<string, LocalUser>();
  private readonly feeds = new Map<string, Feed>();
  /** Newest store time among streams that were dropped for being idle: what is not newer was passed on before. */
  private watermark = 0;

  constructor(private readonly parts: C2cParts) {}

  /** Lets a connection hear its user's conversations and state. Resolves when nothing published from now on is missed. */
  async attach(userId: string, box: Outbox): Promise<void> {
    let user = this.users.get(userId);
    if (user) user.boxes = [...user.boxes, box];
    else {
      user = this.listenFor(userId, box);
      this.users.set(userId, user);
    }
    await user.live;
  }

  /** Lets a connection hear nothing more. */
  detach(userId: string, box: Outbox): void {
    const user = this.users.get(userId);
    if (!user?.boxes.includes(box)) return;
    user.boxes = user.boxes.filter((other) => other !== box);
    if (user.boxes.length > 0) return;
    this.users.delete(userId);
    this.parts.topics.release(userTopic(userId));
    for (const feed of user.feeds) {
      const [other] = this.usersOf(feed.name);
      if (other) other.feeds.add(feed);
      else this.drop(feed);
    }
  }

  /** The connections of a user. */
  boxesOf(userId: string): readonly Outbox[] {
    return this.users.get(userId)?.boxes ?? [];
  }

  /** The stream of a conversation, made if it is not there yet; `undefined` when neither of its users is here. */
  open(name: ConversationName): Feed | undefined {
    const found = this.feeds.get(name.convId);
    if (found) return found;
    const users = this.usersOf(name);
    if (users.length === 0) return undefined;
    const feed = new Feed(name, this.parts, () => this.usersOf(name).map((user) => user.boxes));
    this.feeds.set(name.convId, feed);
    for (const user of users) user.feeds.add(feed);
    return feed;
  }

  /**
   * Begins a stream, unless it has begun; of its log the entries below `seq` are stored, the last of them at `prevAt` if that is known. What
   * was stored before its users came is not for them; what came since and was not heard is read first.
   */
  begin(feed: Feed, seq: number, prevAt = Infinity): void {
    if (feed.cursor || feed.repairing || feed.dropped) return;
    const users = this.usersOf(feed.name);
    if (users.some((user) => user.arriving)) return;
    const others = users.filter((user) => !user.heads?.has(feed.name.convId));
    const since = Math.max(this.watermark, Math.min(...others.map((user) => user.since)));
    if (prevAt <= since) this.beginAfter(feed, seq - 1);
    else this.parts.repairs.beginSince(feed, seq, since, (position) => this.beginAfter(feed, position));
  }

  /** Forgets the places of streams in which nothing happened for ten minutes. */
  dropIdle(): void {
    const idleSince = this.parts.clock.now() - idleMs;
    for (const feed of this.feeds.values()) {
      if (feed.lastActive > idleSince || feed.repairing) continue;
      this.drop(feed);
      this.watermark = Math.max(this.watermark, feed.newestAt);
      for (const user of this.usersOf(feed.name)) {
        user.feeds.delete(feed);
        user.heads?.delete(feed.name.convId);
      }
    }
  }

  private listenFor(userId: string, box: Outbox): LocalUser {
    const { sweep, arrivals, topics, clock } = this.parts;
    const live = topics.hold(userTopic(userId));
    const user: LocalUser = {
      boxes: [box],
      // What has the very time at which listening began may have come after it.
      since: sweep ? sweep.storeNow - lateMs : clock.now() - 1,
      arriving: arrivals !== undefined,
      heads: undefined,
      live,
      feeds: new Set(),
    };
    if (arrivals) user.live = live.then(() => this.arrive(userId, user, arrivals));
    return user;
  }

  /**
   * Times cannot tell what was stored after this gateway began to listen: a transaction may end long after its time. So those
   * conversations of the user that changed lately begin where the store has them now; in all others what is recent comes later.
   */
  private async arrive(userId: string, user: LocalUser, arrivals: Arrivals): Promise<void> {
    const waiting = new Set<Feed>();
    try {
      for (const { conv_id, last_seq } of await arrivals.headsOf(userId, user.since)) {
        const feed = this.feeds.get(conv_id);
        if (!feed?.cursor) (user.heads ??= new Map<string, number>()).set(conv_id, last_seq);
        if (feed) waiting.add(feed);
      }
    } catch (error) {
      this.parts.log.warn({ err: error }, 'it cannot be read where conversations stand, what is recent will be heard again');
    }
    user.arriving = false;
    for (const feed of new Set([...waiting, ...user.feeds])) {
      const [first] = feed.waiting;
      if (first) this.begin(feed, first.head.seq, first.head.prevAt);
      this.parts.repairs.mend(feed);
    }
  }

  /** Begins after `position`, or earlier where a user came earlier. */
  private beginAfter(feed: Feed, position: number): void {
    if (feed.dropped) return;
    const { convId } = feed.name;
    const users = this.usersOf(feed.name);
    feed.start(Math.min(position, ...users.map((user) => user.heads?.get(convId) ?? Infinity)), this.parts.sweep?.storeNow);
    for (const user of users) user.heads?.delete(convId);
  }

  private drop(feed: Feed): void {
    feed.drop();
    this.feeds.delete(feed.name.convId);
  }

  private usersOf(name: ConversationName): LocalUser[] {
    if (name.convType !== 'c2c') return [];
    return name.users.map((userId) => this.users.get(userId)).filter((user) => user !== undefined);
  }
}
