import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { TypingService } from './typing.service';

/** REST twin of `typing`. */
@Controller()
export class TypingController {
  constructor(private readonly service: TypingService) {}

  @Route('typing')
  typing(@Asker() caller: Caller, @Input() { body }: RouteInput<'typing'>): Promise<RouteOutput<'typing'>> {
    return this.service.type(caller, body);
  }
}
