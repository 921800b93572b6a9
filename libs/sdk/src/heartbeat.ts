import type { Cancel, Timers } from './timers';

/** How often the time is looked at within a period. */
const looksPerPeriod = 4;

/** How long a connection has to answer after a sleep, when nobody knows whether it is still there (ms). */
const wakePatienceMs = 5_000;

/** What a heartbeat works on. */
export interface HeartbeatParts {
  readonly timers: Timers;
  /** The period (ms). */
  readonly heartbeatMs: number;
  /** Asks the server for a sign of life. */
  ping(): void;
  /** The connection is dead. */
  cut(): void;
}

/**
 * Notices a dead connection: asks when nothing was heard for a period, and cuts after two. Timers stand still while a page or a machine
 * sleeps, so that silence proves nothing then: the connection is asked, and has a few seconds to answer.
 */
export class Heartbeat {
  private heardAt: number;
  private lookedAt: number;
  private pingedAt = 0;
  private asked = false;
  private cancelLook: Cancel = () => undefined;
  private cancelPatience: Cancel | undefined;
  private readonly lookMs: number;

  constructor(private readonly parts: HeartbeatParts) {
    this.lookMs = parts.heartbeatMs / looksPerPeriod;
    this.heardAt = this.lookedAt = parts.timers.now();
    this.lookLater();
  }

  /** Something came from the server. */
  heard(): void {
    this.heardAt = this.parts.timers.now();
    this.asked = false;
    this.cancelPatience?.();
    this.cancelPatience = undefined;
  }

  /** Asks for a sign of life now, and cuts when none comes in a few seconds. */
  check(): void {
    if (this.cancelPatience) return;
    this.cancelPatience = this.parts.timers.after(Math.min(wakePatienceMs, this.parts.heartbeatMs), () => this.parts.cut());
    this.ask();
  }

  stop(): void {
    this.cancelLook();
    this.cancelPatience?.();
  }

  private look(): void {
    const { timers, heartbeatMs } = this.parts;
    const now = timers.now();
    const slept = now - this.lookedAt > this.lookMs + heartbeatMs;
    this.lookedAt = now;
    // A clock that was set back would make silence last.
    if (now < this.heardAt) this.heardAt = now;
    this.lookLater();
    if (slept) return this.check();
    if (this.asked && now - this.heardAt >= 2 * heartbeatMs && now - this.pingedAt >= heartbeatMs) return this.parts.cut();
    if (!this.asked && now - this.heardAt >= heartbeatMs) this.ask();
  }

  private ask(): void {
    this.asked = true;
    this.pingedAt = this.parts.timers.now();
    this.parts.ping();
  }

  private lookLater(): void {
    this.cancelLook = this.parts.timers.after(this.lookMs, () => this.look());
  }
}
