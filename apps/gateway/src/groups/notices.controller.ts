import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { NoticesService } from './notices.service';

/** REST routes on notices of groups. */
@Controller()
export class NoticesController {
  constructor(private readonly service: NoticesService) {}

  @Route('groupNotices')
  notices(@Asker() caller: Caller, @Input() { params, query }: RouteInput<'groupNotices'>): Promise<RouteOutput<'groupNotices'>> {
    return this.service.list(caller, params.id, query);
  }

  @Route('postNotice')
  post(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'postNotice'>): Promise<RouteOutput<'postNotice'>> {
    return this.service.post(caller, params.id, body.text);
  }
}
