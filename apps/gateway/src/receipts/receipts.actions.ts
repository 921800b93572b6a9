import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { ReceiptsService } from './receipts.service';

/** WebSocket actions on receipts. */
@Injectable()
export class ReceiptsActions {
  constructor(private readonly receipts: ReceiptsService) {}

  readonly handlers = {
    read: async (caller, input) => ack(await this.receipts.read(caller, input)),
    delivered: async (caller, input) => ack(await this.receipts.delivered(caller, input)),
  } satisfies Partial<Handlers>;
}
