import { LRUCache } from 'lru-cache';
import type { Metrics } from '@app/kit';
import { type EventData, ImError, type Message, encodeEvent, mentionAll } from '@app/protocol';
import { rest } from './attempts';
import type { Beat } from './fanout-queue';
import type { FanoutJob } from './job';
import type { NudgeHead } from './nudge';

/** A member, and the seq at which their window of the log begins. */
interface Listener {
  readonly userId: string;
  readonly from: number;
}

/** Where a group stands. */
interface Said<Ref> {
  readonly ref: Ref;
  readonly lastSeq: number;
  readonly size: number;
  readonly lastMessage: Message | null;
}

/** Who is a member: see `AudienceStore`. */
interface Audience<Ref> {
  said(convId: string): Promise<Said<Ref> | undefined>;
  page(ref: Ref, cursor: string, limit: number): Promise<Listener[]>;
  among(ref: Ref, userIds: readonly string[]): Promise<Listener[]>;
}

/** Somebody who is connected, and to which gateways. */
interface Located {
  readonly userId: string;
  readonly gateways: readonly string[];
}

/** Who is connected: see `Roll`. */
interface Online {
  count(): Promise<number>;
  walk(atOnce: number): AsyncIterable<readonly Located[]>;
  locate(userIds: readonly string[]): Promise<readonly Located[]>;
}

/** What the worker works with. */
export interface WorkerParts<Ref> {
  readonly audience: Audience<Ref>;
  readonly online: Online;
  /** Sends the event, as JSON, to one gateway. */
  readonly tell: (gatewayId: string, head: NudgeHead, event: string) => void;
  /** How often the link to the gateways was made; `undefined` while there is none. */
  readonly link: () => number | undefined;
  readonly metrics: Pick<Metrics, 'fanoutMembers' | 'fanoutNudges'>;
  /** Users looked up at once. */
  readonly batchSize: number;
  /** Rest between two such steps, in milliseconds. */
  readonly sleepMs: number;
  /** The shortest time between two nudges of a group, in milliseconds. */
  readonly gapMs: number;
  /** Awaited between two steps: what is more urgent goes first. */
  readonly yields?: () => Promise<void>;
}

/** Up to which seq a group's members were told, and when that was on the clock of `performance.now()`. */
interface Told {
  readonly seq: number;
  readonly at: number;
}

/** Groups whose last nudge is remembered. One that is forgotten may be told twice. */
const remembered = 10_000;

/**
 * Tells those members of a group who are connected and do not hear it that something was said there: those who are mentioned first, then
 * everybody else, some at a time. It walks whatever is smaller, the members or the users who are connected. A job may be done twice: what
 * is told says where the log stands.
 */
export class FanoutWorker<Ref> {
  private readonly told = new LRUCache<string, Told>({ max: remembered });

  constructor(private readonly parts: WorkerParts<Ref>) {}

  /** Does a job. Throws `UNAVAILABLE` when the store, the presence or the bus cannot serve, and what `beat` throws. */
  async run(job: FanoutJob, beat: Beat): Promise<void> {
    const told = this.told.get(job.convId);
    const passed = told !== undefined && told.seq >= job.seq;
    const named = job.mentions.length > 0;
    if (told && (!passed || named)) await rest(told.at + this.parts.gapMs - performance.now(), beat);
    const link = this.parts.link();
    if (link === undefined) throw new ImError('UNAVAILABLE');
    const said = await this.parts.audience.said(job.convId);
    // A group that was never there: the record is of another store.
    if (!said) return;
    // A store that was put back lacks what was told of it: nothing of that counts.
    const known = passed && said.lastSeq >= told.seq;
    if (known && !named) return;
    const newest = Math.max(job.seq, said.lastMessage?.seq ?? 0);
    const round = new Round(this.parts, job.convId, { ...said, newest }, beat);
    const everybody = job.mentions.includes(mentionAll);
    const first = everybody ? [] : job.mentions;
    await round.tellSome(first, true);
    if (!known || everybody) await round.tellAll(new Set(first), everybody);
    // What was published before the link was made again may be lost.
    if (this.parts.link() !== link) throw new ImError('UNAVAILABLE');
    this.told.set(job.convId, { seq: known ? Math.max(newest, told.seq) : newest, at: performance.now() });
  }
}

/** One walk over the audience of a group. */
class Round<Ref> {
  private readonly bodies = new Map<string, string>();

  constructor(
    private readonly parts: WorkerParts<Ref>,
    private readonly convId: string,
    private readonly said: Said<Ref> & { readonly newest: number },
    private readonly beat: Beat,
  ) {}

  /** Tells those of the users who are members. */
  async tellSome(userIds: readonly string[], mentioned: boolean): Promise<void> {
    const { audience, online, batchSize } = this.parts;
    for (let i = 0; i < userIds.length; i += batchSize) {
      const members = await audience.among(this.said.ref, userIds.slice(i, i + batchSize));
      this.tell(await online.locate(members.map(({ userId }) => userId)), members, mentioned);
      await this.between(members.length);
    }
  }

  /** Tells everybody, except for those who were told. */
  async tellAll(except: ReadonlySet<string>, mentioned: boolean): Promise<void> {
    const { online } = this.parts;
    if ((await online.count()) < this.said.size) await this.walkOnline(except, mentioned);
    else await this.walkMembers(except, mentioned);
  }

  private async walkOnline(except: ReadonlySet<string>, mentioned: boolean): Promise<void> {
    const { audience, online, batchSize } = this.parts;
    for await (const some of online.walk(batchSize)) {
      const located = some.filter(({ userId }) => !except.has(userId));
      const members = await audience.among(
        this.said.ref,
        located.map(({ userId }) => userId),
      );
      this.tell(located, members, mentioned);
      await this.between(some.length);
    }
  }

  private async walkMembers(except: ReadonlySet<string>, mentioned: boolean): Promise<void> {
    const { audience, online, batchSize } = this.parts;
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const members: Listener[] = await audience.page(this.said.ref, cursor, batchSize);
      const wanted = members.filter(({ userId }) => !except.has(userId));
      this.tell(await online.locate(wanted.map(({ userId }) => userId)), wanted, mentioned);
      cursor = members.length < batchSize ? undefined : members.at(-1)?.userId;
      await this.between(members.length);
    }
  }

  /** Who has joined after the last message hears of what came later and not what that says; after all of it, they see nothing new. */
  private tell(located: readonly Located[], members: readonly Listener[], mentioned: boolean): void {
    const { newest, lastMessage } = this.said;
    const messageSeq = lastMessage?.seq ?? 0;
    const begins = new Map(members.map(({ userId, from }) => [userId, from]));
    const fromOf = ({ userId }: Located) => begins.get(userId) ?? Infinity;
    this.send(
      located.filter((one) => fromOf(one) <= messageSeq),
      this.body(mentioned, lastMessage),
    );
    this.send(
      located.filter((one) => fromOf(one) > messageSeq && fromOf(one) <= newest),
      this.body(mentioned, null),
    );
  }

  /** One frame for each gateway. */
  private send(located: readonly Located[], body: string): void {
    const byGateway = new Map<string, string[]>();
    for (const { userId, gateways } of located) {
      for (const gateway of gateways) {
        const others = byGateway.get(gateway);
        if (others) others.push(userId);
        else byGateway.set(gateway, [userId]);
      }
      this.parts.metrics.fanoutNudges.inc();
    }
    for (const [gateway, userIds] of byGateway) {
      this.parts.tell(gateway, { kind: 'nudge', convId: this.convId, userIds }, body);
    }
  }

  private body(mentioned: boolean, lastMessage: Message | null): string {
    const key = `${mentioned} ${lastMessage?.seq}`;
    const known = this.bodies.get(key);
    if (known !== undefined) return known;
    const { lastSeq } = this.said;
    const event: EventData<'conversation'> = { convId: this.convId, lastSeq, lastMessage, ...(mentioned ? { mentioned } : {}) };
    const body = encodeEvent('conversation', event);
    this.bodies.set(key, body);
    return body;
  }

  private async between(users: number): Promise<void> {
    this.parts.metrics.fanoutMembers.inc(users);
    await this.parts.yields?.();
    await rest(this.parts.sleepMs, this.beat);
  }
}
