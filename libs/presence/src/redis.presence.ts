import { randomUUID } from 'node:crypto';
import { InProcessPresence } from './in-process.presence';
import type { Device, Gone, Presence, PresenceTimings } from './presence';
import { type ScriptClient, scripts } from './scripts';

/** A connection to Redis on which nothing is answered late: see `RedisLink` of libs/rate-limit. */
interface PresenceLink {
  /** Whether there is somebody to ask. */
  readonly up: boolean;
  /** The answer, or `undefined` when there is none in time. Never rejects. */
  ask<T>(question: (client: ScriptClient) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** What presence over Redis works with. */
export interface RedisPresenceOptions {
  /** It is closed together with the presence. */
  readonly link: PresenceLink;
  /** What the names of its keys begin with; no braces. */
  readonly prefix: string;
  readonly timings: PresenceTimings;
}

/** Users lie in so many parts, each in one slot of a Cluster, so that many are asked about at once. */
const partCount = 32;
/** A script holds Redis up for as long as it runs. */
const keysAtOnce = 100;
const goneAtOnce = 100;

/**
 * The `Presence` of several gateways on one Redis, on its clock.
 *
 * While Redis cannot be asked, `look` tells what is connected to this gateway, and nobody is told to have come or gone. What is held again
 * once Redis answers is here again for all.
 */
export class RedisPresence implements Presence {
  /** Tells what this gateway holds from what others do. */
  private readonly holder = randomUUID();
  private readonly local: InProcessPresence;

  constructor(private readonly options: RedisPresenceOptions) {
    this.local = new InProcessPresence(options.timings);
  }

  async hold(devices: readonly Device[]): Promise<string[]> {
    await this.local.hold(devices);
    const { ttlMs, graceMs } = this.options.timings;
    const came: string[] = [];
    for (const [part, some] of batches(devices)) {
      const args = [ttlMs, graceMs, this.holder, ...some.flatMap(({ userId, deviceId }) => [userId, deviceId])];
      const answer = await this.ask('hold', [this.dueKey(part), ...some.map(({ userId }) => this.userKey(part, userId))], args);
      came.push(...((answer as string[] | undefined) ?? []));
    }
    return [...new Set(came)];
  }

  async release(devices: readonly Device[]): Promise<void> {
    await this.local.release(devices);
    for (const [part, some] of batches(devices)) {
      const args = [this.options.timings.graceMs, this.holder, ...some.flatMap(({ userId, deviceId }) => [userId, deviceId])];
      await this.ask('release', [this.dueKey(part), ...some.map(({ userId }) => this.userKey(part, userId))], args);
    }
  }

  async look(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>(await this.local.look(userIds));
    const users = [...new Set(userIds)].map((userId) => ({ userId }));
    const answers = [...batches(users)].map(async ([part, some]) => {
      const keys = some.map(({ userId }) => this.userKey(part, userId));
      const here = (await this.ask('look', keys, [])) as string[][] | undefined;
      some.forEach(({ userId }, i) => {
        const devices = new Set([...(found.get(userId) ?? []), ...(here?.[i] ?? []).map(deviceOf)]);
        if (devices.size > 0) found.set(userId, [...devices]);
      });
    });
    await Promise.all(answers);
    return found;
  }

  async takeGone(): Promise<Gone[]> {
    // Redis knows whether they are somewhere else.
    await this.local.takeGone();
    const args = [this.options.timings.graceMs, goneAtOnce];
    const parts = Array.from({ length: partCount }, (_, part) => this.ask('gone', [this.dueKey(part)], args));
    const taken = (await Promise.all(parts)).flatMap((answer) => (answer as [string, number][] | undefined) ?? []);
    return taken.map(([userId, agoMs]) => ({ userId, agoMs }));
  }

  close(): Promise<void> {
    this.local.close();
    return this.options.link.close();
  }

  private ask(name: keyof typeof scripts, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.options.link.ask((client) => scripts[name](client, keys, args));
  }

  private dueKey(part: number): string {
    return `${this.options.prefix}{${part}}:here`;
  }

  private userKey(part: number, userId: string): string {
    return `${this.options.prefix}{${part}}:user:${userId}`;
  }
}

const deviceOf = (member: string): string => member.slice(0, member.lastIndexOf(' '));

/** By part, not too many at once. */
function* batches<T extends { readonly userId: string }>(all: readonly T[]): Iterable<[part: number, some: readonly T[]]> {
  const byPart = new Map<number, T[]>();
  for (const one of all) {
    const part = partOf(one.userId);
    const others = byPart.get(part);
    if (others) others.push(one);
    else byPart.set(part, [one]);
  }
  for (const [part, some] of byPart) for (let i = 0; i < some.length; i += keysAtOnce) yield [part, some.slice(i, i + keysAtOnce)];
}

/** FNV-1a: every gateway of every version finds a user in the same part. */
function partOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partCount;
}
