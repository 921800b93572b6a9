import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { ReceiptsService } from './receipts.service';

/** REST routes on receipts and what is unread. */
@Controller()
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Route('read')
  read(@Asker() caller: Caller, @Input() { body }: RouteInput<'read'>): Promise<RouteOutput<'read'>> {
    return this.receipts.read(caller, body);
  }

  @Route('delivered')
  delivered(@Asker() caller: Caller, @Input() { body }: RouteInput<'delivered'>): Promise<RouteOutput<'delivered'>> {
    return this.receipts.delivered(caller, body);
  }

  @Route('unreadSummary')
  unreadSummary(@Asker() caller: Caller): Promise<RouteOutput<'unreadSummary'>> {
    return this.receipts.summary(caller);
  }

  @Route('markAllRead')
  markAllRead(@Asker() caller: Caller): Promise<RouteOutput<'markAllRead'>> {
    return this.receipts.markAllRead(caller);
  }
}
