import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '@app/config';
import type { Clock } from '@app/kit';
import { CONFIG } from '../infra/config';
import { CLOCK } from '../infra/infra.module';
import { Connections } from './connections';

/** Pings connections, drops those that are silent for two periods, and closes those whose token has expired. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly beatMs: number;
  private timer: NodeJS.Timeout | undefined;
  private beatAt = 0;

  constructor(
    private readonly connections: Connections,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.beatMs = Math.min(1_000, config.heartbeatMs / 4);
  }

  onApplicationBootstrap(): void {
    this.beatAt = performance.now();
    this.timer = setInterval(() => this.beat(), this.beatMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const now = performance.now();
    const time = this.clock.now();
    // While this process stood still nobody could be heard.
    const stoodMs = Math.max(0, now - this.beatAt - this.beatMs);
    this.beatAt = now;
    const { heartbeatMs } = this.config;
    for (const connection of this.connections) {
      connection.lastHeard = connection.held ? now : connection.lastHeard + stoodMs;
      if (connection.expiresAt <= time) connection.close('TOKEN_EXPIRED');
      else if (now - connection.lastHeard > 2 * heartbeatMs) connection.close('NO_PONG');
      else if (now - connection.lastPinged >= heartbeatMs) {
        connection.lastPinged = now;
        connection.ping();
      }
    }
  }
}
