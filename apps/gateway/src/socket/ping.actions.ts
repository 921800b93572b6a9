import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@app/kit';
import { type Handlers, ack } from '../caller';
import { CLOCK } from '../infra/infra.module';

/** The heartbeat of clients that cannot answer WebSocket pings. */
@Injectable()
export class PingActions {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  readonly handlers = {
    ping: () => ack({ serverTime: this.clock.now() }),
  } satisfies Partial<Handlers>;
}
