import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { BlocksService } from './blocks.service';

/** REST routes on blocks. */
@Controller()
export class BlocksController {
  constructor(private readonly service: BlocksService) {}

  @Route('blocks')
  blocks(@Asker() caller: Caller, @Input() { query }: RouteInput<'blocks'>): Promise<RouteOutput<'blocks'>> {
    return this.service.list(caller, query);
  }

  @Route('addBlock')
  add(@Asker() caller: Caller, @Input() { body }: RouteInput<'addBlock'>): Promise<RouteOutput<'addBlock'>> {
    return this.service.add(caller, body.userId);
  }

  @Route('removeBlock')
  async remove(@Asker() caller: Caller, @Input() { params }: RouteInput<'removeBlock'>): Promise<RouteOutput<'removeBlock'>> {
    await this.service.remove(caller, params.id);
    return {};
  }
}
