import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { SyncService } from './sync.service';

/** The WebSocket action `sync`. */
@Injectable()
export class SyncActions {
  constructor(private readonly syncs: SyncService) {}

  readonly handlers = {
    sync: async (caller, input) => ack(await this.syncs.sync(caller, input)),
  } satisfies Partial<Handlers>;
}
