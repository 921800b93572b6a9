import type { Device, Gone, Presence, PresenceTimings } from './presence';
import type { Located, Roll } from './roll';

/** What the presence of a gateway that is alone works with. */
export interface InProcessPresenceOptions {
  readonly timings: PresenceTimings;
  /** The id of this gateway, which the roll tells. */
  readonly holder: string;
}

/** The devices of a user, and until when each is held. */
type Holding = readonly { readonly deviceId: string; readonly until: number }[];

/** So many are told gone at once. */
const goneAtOnce = 500;

/** The `Presence` and the `Roll` of one gateway that is alone. The clock gives milliseconds and does not go back. */
export class InProcessPresence implements Presence, Roll {
  /** Who is here. Whoever was held last is the last, so that the first ones are the first to expire. */
  private readonly here = new Map<string, Holding>();
  /** When the last device of a user went, the earliest first. */
  private readonly leaving = new Map<string, number>();

  constructor(
    private readonly options: InProcessPresenceOptions,
    private readonly now: () => number = () => performance.now(),
  ) {}

  hold(devices: readonly Device[]): Promise<string[]> {
    const now = this.now();
    this.expire(now);
    const came = new Set<string>();
    for (const { userId, deviceId } of devices) {
      const held = this.here.get(userId);
      if (!held && !this.leaving.delete(userId)) came.add(userId);
      const others = (held ?? []).filter((device) => device.deviceId !== deviceId && device.until > now);
      this.here.delete(userId);
      this.here.set(userId, [...others, { deviceId, until: now + this.options.timings.ttlMs }]);
    }
    return Promise.resolve([...came]);
  }

  release(devices: readonly Device[]): Promise<void> {
    const now = this.now();
    this.expire(now);
    for (const { userId, deviceId } of devices) {
      const held = this.here.get(userId);
      if (!held) continue;
      const others = held.filter((device) => device.deviceId !== deviceId && device.until > now);
      if (others.length > 0) this.here.set(userId, others);
      else this.leave(userId, now);
    }
    return Promise.resolve();
  }

  look(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const now = this.now();
    const found = new Map<string, string[]>();
    for (const userId of userIds) {
      const present = (this.here.get(userId) ?? []).filter(({ until }) => until > now).map(({ deviceId }) => deviceId);
      if (present.length > 0) found.set(userId, present);
    }
    return Promise.resolve(found);
  }

  takeGone(): Promise<Gone[]> {
    const now = this.now();
    this.expire(now);
    const gone: Gone[] = [];
    for (const [userId, at] of this.leaving) {
      if (at + this.options.timings.graceMs > now || gone.length >= goneAtOnce) break;
      this.leaving.delete(userId);
      gone.push({ userId, agoMs: now - at });
    }
    return Promise.resolve(gone);
  }

  count(): Promise<number> {
    this.expire(this.now());
    return Promise.resolve(this.here.size);
  }

  async *walk(atOnce: number): AsyncGenerator<readonly Located[]> {
    // Who is held again moves to the end of `here`, so that a walk through itself might never end.
    const users = [...this.here.keys()];
    for (let i = 0; i < users.length; i += atOnce) {
      const located = await this.locate(users.slice(i, i + atOnce));
      if (located.length > 0) yield located;
    }
  }

  async locate(userIds: readonly string[]): Promise<Located[]> {
    const found = await this.look(userIds);
    return [...found.keys()].map((userId) => ({ userId, gateways: [this.options.holder] }));
  }

  close(): void {
    this.here.clear();
    this.leaving.clear();
  }

  /** Lets those go whose devices nobody held for too long. */
  private expire(now: number): void {
    for (const [userId, held] of this.here) {
      const until = Math.max(...held.map((device) => device.until));
      if (until > now) break;
      this.leave(userId, until);
    }
  }

  private leave(userId: string, at: number): void {
    this.here.delete(userId);
    this.leaving.set(userId, at);
  }
}
