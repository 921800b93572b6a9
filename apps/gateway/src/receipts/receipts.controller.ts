import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { ReceiptsService } from './receipts.service';

/** REST twin of `read`. */
@Controller()
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Route('read')
  read(@Asker() caller: Caller, @Input() { body }: RouteInput<'read'>): Promise<RouteOutput<'read'>> {
    return this.receipts.read(caller, body);
  }
}
