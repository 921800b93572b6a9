import { setTimeout as sleep } from 'node:timers/promises';
import { groupConversation } from '@app/protocol';
import { type Person, type Seeded, eventually } from '@app/testing';
import { Chatter, type Target } from './chatter';
import type { GatewayProcess } from './process';
import { Watcher, expectAllNudged } from './watcher';

/** Who is in a crowd. */
export interface CrowdOptions {
  readonly gateways: readonly GatewayProcess[];
  readonly random: Seeded;
  readonly groups: number;
  /** For a message about what did not happen. */
  readonly state: () => string;
}

const quietPerGateway = 2;
const offlineCount = 4;
const subscribedCount = 8;
const patienceMs = 30_000;

/**
 * Groups of the same members: somebody who speaks, somebody who subscribes to some of them, some who are online and subscribe to none,
 * and some who are offline. It is spoken in one group after another, so a nudge that is lost is not made up for by the next one.
 */
export class Crowd {
  private constructor(
    private readonly options: CrowdOptions,
    readonly groups: readonly Target[],
    readonly speaker: Chatter,
    private readonly subscriber: Chatter,
    readonly watchers: readonly Watcher[],
  ) {}

  static async gather(options: CrowdOptions): Promise<Crowd> {
    const { gateways, random } = options;
    const [first] = gateways as [GatewayProcess];
    const urlsFrom = (i: number) => gateways.map((_, k) => gateways[(i + k) % gateways.length]?.ws ?? '');
    const people = (name: string, count: number) => Promise.all(Array.from({ length: count }, (_, i) => first.person(`${name}${i}`)));
    const [[speaker, subscriber], quiet, offline] = (await Promise.all([
      people('loud', 2),
      people('quiet', gateways.length * quietPerGateway),
      people('away', offlineCount),
    ])) as [[Person, Person], Person[], Person[]];
    const members = [subscriber, ...quiet, ...offline];
    const ids = await Promise.all(Array.from({ length: options.groups }, () => first.group(speaker, members)));
    const groups = ids.map((groupId) => ({ groupId, convId: groupConversation(groupId).convId }));
    const watchers = await Promise.all(quiet.map((person, i) => Watcher.start(person, urlsFrom(i))));
    // The other device of who speaks, and one more of somebody who is told on another gateway already.
    watchers.push(await Watcher.start(speaker, urlsFrom(1)), await Watcher.start(quiet[0] as Person, urlsFrom(1), 'second'));
    const chatter = (person: Person, follows: readonly Target[]) =>
      new Chatter(person, { urls: urlsFrom(0), writesTo: [], follows, random });
    const crowd = new Crowd(options, groups, chatter(speaker, []), chatter(subscriber, groups.slice(0, subscribedCount)), watchers);
    crowd.speaker.stopWriting();
    return crowd;
  }

  /** Says something in each group, one after the other at this pace, and calls `half` in the midst. Returns when all of it is acked. */
  async speak({ everyMs, half }: { everyMs: number; half?: () => Promise<void> }): Promise<void> {
    const { random } = this.options;
    const order = [...this.groups].sort(() => random.next() - 0.5);
    let fault: Promise<void> | undefined;
    for (const [i, group] of order.entries()) {
      if (i === order.length >> 1) fault = half?.();
      this.speaker.writeOne(group);
      await sleep(everyMs);
    }
    await fault;
    await this.acked();
  }

  /** Returns when everything that was said is acked. */
  async acked(): Promise<void> {
    await eventually(
      () => this.speaker.idle,
      () => `the acks of ${this.speaker.unacked}.\n${this.options.state()}`,
      patienceMs,
    );
    expect(this.speaker.faults).toEqual([]);
  }

  /** Returns when everybody was told everything: the quiet ones by nudges, the subscriber by the entries. */
  async told(): Promise<void> {
    const [reader] = this.options.gateways.filter(({ running }) => running) as [GatewayProcess];
    await expectAllNudged(
      this.watchers,
      this.groups.map(({ convId }) => convId),
      {
        reader: this.speaker.person,
        url: reader.ws,
        state: this.options.state,
      },
    );
    const { followers } = this.subscriber;
    const last = this.said;
    await eventually(
      () => followers.every(({ position = 0, target }) => position >= (last.get(target.convId) ?? 0)),
      () => `entries for the subscriber.\n${this.options.state()}`,
    );
    expect([...followers, this.subscriber].flatMap(({ faults }) => faults)).toEqual([]);
  }

  /** Groups of whose last message some know and some do not: somebody is being told of it. */
  get halfTold(): number {
    return [...this.said].filter(([convId, seq]) => {
      const knowing = this.watchers.filter((watcher) => watcher.height(convId) >= seq).length;
      return knowing > 0 && knowing < this.watchers.length;
    }).length;
  }

  /** How often a watcher was told again what it knew. */
  get repeated(): number {
    return this.watchers.reduce((sum, { repeated }) => sum + repeated, 0);
  }

  /** The last acked seq of each group. */
  private get said(): Map<string, number> {
    const said = new Map<string, number>();
    for (const { convId, seq } of this.speaker.acked.values()) said.set(convId, Math.max(seq, said.get(convId) ?? 0));
    return said;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.speaker, this.subscriber, ...this.watchers].map((one) => one.close()));
  }
}
