import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '@app/config';
import { Background, type Clock } from '@app/kit';
import type { Device, Presence } from '@app/presence';
import type { Caller } from '../caller';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK, PRESENCE } from '../infra/infra.module';
import { presenceTimings } from '../infra/presence';
import { Announcements } from './announcements';
import { LastSeen } from './last-seen';

const devicesAtOnce = 500;

/** A connection to Redis that was lost is back after so many milliseconds, if it can be. */
const relinkMs = 4_000;

/** A stop does not wait longer for what is still to be said, in milliseconds. */
const lastWordsMs = 300;

/**
 * Tells the presence which devices are connected to this gateway: when they come and go, and again in every heartbeat. What is told is
 * how things are when it is told, so that whatever comes and goes meanwhile, the last word is right.
 */
@Injectable()
export class Attendance implements OnApplicationBootstrap, OnApplicationShutdown {
  /** How many connections a device has: one that is replaced may be open for a moment beside the new one. */
  private readonly connected = new Map<string, number>();
  /** Devices of which something is to be told. */
  private readonly changed = new Set<string>();
  private telling: Promise<void> | undefined;
  private readonly renewMs: number;
  private readonly beatMs: number;
  /** When everything is to be told again, on the clock of `performance.now()`; the earliest first. */
  private renewals: readonly number[] = [];
  /** A Redis to which there is a new link may have lost who is connected. */
  private links = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly announcements: Announcements,
    private readonly lastSeen: LastSeen,
    private readonly background: Background,
    private readonly hub: Hub,
    @Inject(PRESENCE) private readonly presence: Presence,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    const { ttlMs, graceMs } = presenceTimings(config);
    this.renewMs = ttlMs / 2;
    this.beatMs = Math.min(1_000, Math.max(20, graceMs / 2));
  }

  /** A connection was opened. Each call is paired with one of `leave`. */
  enter(caller: Caller): void {
    const key = keyOf(caller);
    const count = this.connected.get(key) ?? 0;
    this.connected.set(key, count + 1);
    if (count === 0) this.tell(key);
  }

  /** A connection has ended. */
  leave(caller: Caller): void {
    const key = keyOf(caller);
    const count = this.connected.get(key) ?? 0;
    this.lastSeen.note(caller, this.clock.now());
    if (count > 1) this.connected.set(key, count - 1);
    else {
      this.connected.delete(key);
      this.tell(key);
    }
  }

  onApplicationBootstrap(): void {
    this.renewals = [performance.now() + this.renewMs];
    this.links = this.hub.links;
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const lastWords = Promise.all([this.telling, this.lastSeen.write()]);
    this.background.run('presence', lastWords);
    let late: NodeJS.Timeout | undefined;
    const over = new Promise((resolve) => (late = setTimeout(resolve, lastWordsMs)));
    await Promise.race([lastWords.catch(() => undefined), over]);
    clearTimeout(late);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => this.background.run('presence', this.beat()), this.beatMs).unref();
  }

  private async beat(): Promise<void> {
    try {
      const now = performance.now();
      if (this.links !== this.hub.links) {
        this.links = this.hub.links;
        // Once more a little later: this link may be back before that of the presence.
        this.renewals = [now, now + relinkMs];
      }
      if (now >= (this.renewals[0] ?? 0)) {
        this.renewals = this.renewals.length > 1 ? this.renewals.slice(1) : [now + this.renewMs];
        for (const key of this.connected.keys()) this.tell(key);
        // A process that stood still takes nobody for gone who is connected to it.
        await this.telling;
      }
      const gone = await this.presence.takeGone();
      for (const { userId, agoMs } of gone) this.lastSeen.note({ userId, sessionId: null }, this.clock.now() - Math.round(agoMs));
      await this.lastSeen.write();
      for (const { userId } of gone) this.announcements.tell(userId, false);
    } finally {
      this.schedule();
    }
  }

  private tell(key: string): void {
    this.changed.add(key);
    if (this.telling) return;
    this.telling = this.tellAll();
    this.background.run('presence', this.telling);
  }

  private async tellAll(): Promise<void> {
    try {
      // What comes in one turn goes together.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.changed.size > 0) await this.tellSome();
    } finally {
      this.telling = undefined;
    }
  }

  private async tellSome(): Promise<void> {
    const [here, gone]: [Device[], Device[]] = [[], []];
    for (const key of this.changed) {
      this.changed.delete(key);
      (this.connected.has(key) ? here : gone).push(deviceOf(key));
      if (here.length + gone.length === devicesAtOnce) break;
    }
    for (const userId of await this.presence.hold(here)) this.announcements.tell(userId, true);
    await this.presence.release(gone);
  }
}

const keyOf = ({ userId, deviceId }: Caller): string => `${userId} ${deviceId ?? ''}`;

function deviceOf(key: string): Device {
  const [userId = '', deviceId = ''] = key.split(' ');
  return { userId, deviceId };
}
