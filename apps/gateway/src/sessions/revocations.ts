import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Config } from '@app/config';
import { Background } from '@app/kit';
import { Database, type RevokedSession, SessionStore } from '@app/storage';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { SessionReader } from './session-reader';

/** How long after the time it bears a revocation may be committed. */
const overlapMs = 10_000;

/** Longest wait between two looks, however slow the heartbeat is. */
const maxPeriodMs = 10_000;

/**
 * Sessions that were ended, on this gateway or another. The bus tells all gateways at once, whether or not they have a connection of the
 * user; what it loses, the store tells within a heartbeat. From then on this gateway takes the session for ended, whatever it had read
 * before.
 */
@Injectable()
export class Revocations implements OnModuleInit, OnApplicationShutdown {
  private readonly periodMs: number;
  private onRevoked: (userId: string, sessionId: string) => void = () => undefined;
  /** What was ended before this time (of the store) is known. */
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionStore,
    private readonly reader: SessionReader,
    private readonly hub: Hub,
    private readonly background: Background,
    @Inject(CONFIG) { heartbeatMs }: Config,
  ) {
    this.periodMs = Math.min(heartbeatMs, maxPeriodMs);
  }

  /** Sets who ends the connections of a session; it may be told of one session more than once. */
  listen(onRevoked: (userId: string, sessionId: string) => void): void {
    this.onRevoked = onRevoked;
  }

  async onModuleInit(): Promise<void> {
    // A gateway starts without waiting for a bus that is slow.
    const heard = this.hub.listenRevoked((userId, sessionId) => this.learn(userId, sessionId));
    this.background.run('sessions topic', heard);
    // An embedded store is this gateway's alone: nobody else ends sessions in it.
    if (this.database.dialect === 'sqlite') return;
    this.since = (await this.sessions.time()) - overlapMs;
    this.schedule();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Takes a session for ended. */
  private learn(userId: string, sessionId: string): void {
    this.reader.end(sessionId);
    this.onRevoked(userId, sessionId);
  }

  private schedule(): void {
    if (this.stopped) return;
    // Gateways that started together do not ask together. The rest of the period is for the answer.
    const waitMs = this.periodMs * (0.5 + Math.random() * 0.4);
    this.timer = setTimeout(() => this.background.run('revocations', this.look()), waitMs).unref();
  }

  private async look(): Promise<void> {
    try {
      const now = await this.sessions.time();
      // A store whose clock went back, as after a change of its server, is asked by the earlier time.
      const since = Math.min(this.since, now - overlapMs);
      let page: RevokedSession[] = [];
      do {
        page = await this.sessions.revokedSince(since, page.at(-1));
        for (const { id, user_id } of page) this.learn(user_id, id);
      } while (page.length > 0);
      this.since = now - overlapMs;
    } catch (error) {
      // What was not read is read the next time.
      if (!this.stopped) throw error;
    } finally {
      this.schedule();
    }
  }
}
