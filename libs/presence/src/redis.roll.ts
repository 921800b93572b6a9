import { ImError } from '@app/protocol';
import { batches, hereKey, holderOf, keysAtOnce, partCount, userKey } from './parts';
import type { Located, Roll } from './roll';
import { type PresenceLink, scripts } from './scripts';

/** What a roll over Redis works with. */
export interface RedisRollOptions {
  /** It is closed together with the roll. */
  readonly link: PresenceLink;
  /** That of the `RedisPresence` of the gateways. */
  readonly prefix: string;
}

/** How far a walk has come in one part. */
interface Place {
  readonly part: number;
  readonly cursor: string;
  /** Which server gave the cursor. */
  readonly server?: string;
}

/**
 * The `Roll` of all gateways that hold devices by `RedisPresence` on one Redis. What Redis has lost is told again when the gateways have
 * held it again.
 */
export class RedisRoll implements Roll {
  constructor(private readonly options: RedisRollOptions) {}

  async count(): Promise<number> {
    const counts = Array.from({ length: partCount }, (_, part) => this.ask('count', [this.hereKey(part)], []));
    return ((await Promise.all(counts)) as number[]).reduce((sum, count) => sum + count, 0);
  }

  async *walk(atOnce: number): AsyncGenerator<readonly Located[]> {
    let places: readonly Place[] = Array.from({ length: partCount }, (_, part) => ({ part, cursor: '0' }));
    let found: readonly string[] = [];
    // A scan may come by the same user twice.
    const seen = new Set<string>();
    while (places.length > 0 || found.length > 0) {
      const [next, later] = [found.slice(0, atOnce), found.slice(atOnce)];
      // While some are asked about, those after them are found: each round trip has its users to tell.
      const scanning = later.length < atOnce ? places : [];
      const [located, ...scans] = await Promise.all([this.locate(next), ...scanning.map((place) => this.scan(place))]);
      found = [...later, ...scans.flatMap(({ users }) => users.filter((userId) => !seen.has(userId) && seen.add(userId)))];
      if (scanning.length > 0) places = scans.flatMap(({ goOn }) => goOn ?? []);
      if (located.length > 0) yield located;
    }
  }

  async locate(userIds: readonly string[]): Promise<Located[]> {
    const users = [...new Set(userIds)].map((userId) => ({ userId }));
    const answers = [...batches(users)].map(async ([part, some]) => {
      const keys = some.map(({ userId }) => userKey(this.options.prefix, part, userId));
      const held = (await this.ask('look', keys, [])) as string[][];
      return some.map(({ userId }, i) => ({ userId, gateways: [...new Set((held[i] ?? []).map(holderOf))] }));
    });
    return (await Promise.all(answers)).flat().filter(({ gateways }) => gateways.length > 0);
  }

  close(): Promise<void> {
    return this.options.link.close();
  }

  /** Some of those who count as here in a part, and where to go on, if that was not all. */
  private async scan(place: Place): Promise<{ users: string[]; goOn?: Place }> {
    const { part } = place;
    const [cursor, server, ...users] = (await this.ask('scan', [this.hereKey(part)], [place.cursor, keysAtOnce])) as [string, string];
    // A cursor means nothing to a server that did not give it: one that was started again, took over, or was given the slot.
    const known = place.server === undefined || place.server === server;
    if (!known) return { users, goOn: { part, cursor: '0' } };
    return cursor === '0' ? { users } : { users, goOn: { part, cursor, server } };
  }

  private async ask(name: keyof typeof scripts, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const answer = await this.options.link.ask((client) => scripts[name](client, keys, args));
    if (answer === undefined) throw new ImError('UNAVAILABLE');
    return answer;
  }

  private hereKey(part: number): string {
    return hereKey(this.options.prefix, part);
  }
}
