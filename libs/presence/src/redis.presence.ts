import { InProcessPresence } from './in-process.presence';
import { batches, deviceOf, hereKey, partCount, userKey } from './parts';
import type { Device, Gone, Presence, PresenceTimings } from './presence';
import { type PresenceLink, scripts } from './scripts';

/** What presence over Redis works with. */
export interface RedisPresenceOptions {
  /** It is closed together with the presence. */
  readonly link: PresenceLink;
  /** What the names of its keys begin with; no braces. */
  readonly prefix: string;
  readonly timings: PresenceTimings;
  /** The id of this gateway, that of no other; no spaces. A `Roll` tells it. */
  readonly holder: string;
}

const goneAtOnce = 100;

/**
 * The `Presence` of several gateways on one Redis, on its clock.
 *
 * While Redis cannot be asked, `look` tells what is connected to this gateway, and nobody is told to have come or gone. What is held again
 * once Redis answers is here again for all.
 */
export class RedisPresence implements Presence {
  private readonly local: InProcessPresence;

  constructor(private readonly options: RedisPresenceOptions) {
    this.local = new InProcessPresence(options);
  }

  async hold(devices: readonly Device[]): Promise<string[]> {
    await this.local.hold(devices);
    const { timings, holder } = this.options;
    const came: string[] = [];
    for (const [part, some] of batches(devices)) {
      const args = [timings.ttlMs, timings.graceMs, holder, ...some.flatMap(({ userId, deviceId }) => [userId, deviceId])];
      const answer = await this.ask('hold', [this.hereKey(part), ...some.map(({ userId }) => this.userKey(part, userId))], args);
      came.push(...((answer as string[] | undefined) ?? []));
    }
    return [...new Set(came)];
  }

  async release(devices: readonly Device[]): Promise<void> {
    await this.local.release(devices);
    const { timings, holder } = this.options;
    for (const [part, some] of batches(devices)) {
      const args = [timings.graceMs, holder, ...some.flatMap(({ userId, deviceId }) => [userId, deviceId])];
      await this.ask('release', [this.hereKey(part), ...some.map(({ userId }) => this.userKey(part, userId))], args);
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
    const parts = Array.from({ length: partCount }, (_, part) => this.ask('gone', [this.hereKey(part)], args));
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

  private hereKey(part: number): string {
    return hereKey(this.options.prefix, part);
  }

  private userKey(part: number, userId: string): string {
    return userKey(this.options.prefix, part, userId);
  }
}
