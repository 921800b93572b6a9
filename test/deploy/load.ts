import { setTimeout as sleep } from 'node:timers/promises';
import { c2cConversation, groupConversation } from '@app/protocol';
import { type Person, type Seeded, eventually } from '@app/testing';
import { Chatter, type Target } from '../chatter';
import { expectAllTold } from '../testimony';
import type { Deployment } from './deployment';
import { Requests } from './requests';

const groups = 20;
const membersEach = 15;
const perSecond = 200;
const patienceMs = 60_000;

/**
 * 300 sockets held through Nginx, in groups of 15 of whom one writes: 200 messages per second in all. Beside them somebody who asks by HTTP
 * all the time, over connections that are kept.
 */
export class Load {
  private constructor(
    private readonly deployment: Deployment,
    readonly everybody: readonly Chatter[],
    readonly requests: Requests,
  ) {}

  /** Returns when all are connected and have heard something. */
  static async start(deployment: Deployment, random: Seeded, name: string): Promise<Load> {
    const people: Person[] = [];
    for (let i = 0; i < groups * membersEach; i += 20)
      people.push(...(await Promise.all(Array.from({ length: 20 }, (_, k) => deployment.person(`${name}${i + k}`)))));
    const members = (group: number) => people.slice(group * membersEach, (group + 1) * membersEach);
    const writer = (group: number) => members(group)[0] as Person;
    const chatters: Chatter[] = [];
    for (let group = 0; group < groups; group++) {
      const [owner, ...others] = members(group) as [Person, ...Person[]];
      const groupId = await deployment.group(owner, others);
      const target: Target = { groupId, convId: groupConversation(groupId).convId };
      const c2c: Target = { convId: c2cConversation(owner.id, writer(group ^ 1).id).convId };
      const both = [target, c2c];
      const urls = [deployment.ws];
      chatters.push(new Chatter(owner, { urls, writesTo: both, follows: both, random, perSecond: perSecond / groups }));
      chatters.push(...others.map((person) => new Chatter(person, { urls, writesTo: [], follows: [target], random })));
    }
    const load = new Load(
      deployment,
      chatters,
      new Requests(deployment, await deployment.person(`${name}-asks`), await deployment.person(`${name}-asked`)),
    );
    try {
      await load.connected();
      await load.acks(perSecond);
    } catch (error) {
      await load.close();
      throw error;
    }
    return load;
  }

  /** Returns when everybody has a connection and hears by it. */
  async connected(): Promise<void> {
    await eventually(
      () => this.everybody.every(({ connected }) => connected),
      () => `everybody to be connected, ${this.everybody.filter(({ connected }) => !connected).length} are not`,
      patienceMs,
    );
  }

  /** Returns when so many more messages are acked. */
  async acks(more: number): Promise<void> {
    const goal = this.acked + more;
    await eventually(
      () => this.acked >= goal,
      () => `${goal} acks, there are ${this.acked}`,
      patienceMs,
    );
  }

  /** Connections that ended since the last time this was asked for, by who held them. */
  cutsSince(marks: ReadonlyMap<Chatter, number> = new Map()): { readonly of: Chatter; readonly code: number; readonly backMs: number }[] {
    return this.everybody.flatMap((one) => one.cuts.slice(marks.get(one) ?? 0).map((cut) => ({ of: one, ...cut })));
  }

  /** A mark for `cutsSince`. */
  mark(): Map<Chatter, number> {
    return new Map(this.everybody.map((one) => [one, one.cuts.length]));
  }

  /** Ends the load and proves that nothing was lost or doubled: by socket, and by HTTP. Answers how many messages there were. */
  async expectNothingLost(): Promise<number> {
    for (const one of this.everybody) one.stopWriting();
    await eventually(
      () => this.everybody.every(({ idle }) => idle),
      () => `the last acks; ${this.everybody.flatMap((one) => [...(one.idle ? [] : [one.unacked]), ...one.faults]).join('; ')}`,
      patienceMs,
    );
    await this.connected();
    const messages = await expectAllTold(this.everybody, this.deployment.ws, patienceMs);
    await this.requests.stop();
    await this.requests.expectStoredOnce();
    return messages;
  }

  async close(): Promise<void> {
    await this.requests.stop();
    await Promise.allSettled(this.everybody.map((one) => one.close()));
    // Listeners of the sockets' ends run in the turn after them.
    await sleep(0);
  }

  private get acked(): number {
    return this.everybody.reduce((sum, { acked }) => sum + acked.size, 0);
  }
}

/** The value below which so many of a hundred are, in whole numbers. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0);
}
