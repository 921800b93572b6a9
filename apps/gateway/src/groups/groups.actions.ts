import { Injectable } from '@nestjs/common';
import { type Handlers, ack } from '../caller';
import { GroupsService } from './groups.service';

/** WebSocket actions on groups. */
@Injectable()
export class GroupsActions {
  constructor(private readonly groups: GroupsService) {}

  readonly handlers = {
    subscribe_group: async (caller, input) => {
      const { data, start } = await this.groups.subscribe(caller, input);
      return ack(data, start);
    },
    unsubscribe_group: (caller, { groupId }) => ack(this.groups.unsubscribe(caller, groupId)),
  } satisfies Partial<Handlers>;
}
