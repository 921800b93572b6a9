import type { FactoryProvider } from '@nestjs/common';
import type { Handlers } from '../caller';
import { GroupsActions } from '../groups/groups.actions';
import { MessagesActions } from '../messages/messages.actions';
import { PresenceActions } from '../presence/presence.actions';
import { ReceiptsActions } from '../receipts/receipts.actions';
import { SyncActions } from '../sync/sync.actions';
import { TypingActions } from '../typing/typing.actions';
import { PingActions } from './ping.actions';

export const HANDLERS = Symbol('handlers');

/** The handler of every action, gathered from the features. The return type makes the compiler name a missing one. */
export const handlersProvider: FactoryProvider<Handlers> = {
  provide: HANDLERS,
  inject: [PingActions, MessagesActions, GroupsActions, ReceiptsActions, SyncActions, TypingActions, PresenceActions],
  useFactory: (
    ping: PingActions,
    messages: MessagesActions,
    groups: GroupsActions,
    receipts: ReceiptsActions,
    sync: SyncActions,
    typing: TypingActions,
    presence: PresenceActions,
  ): Handlers => ({
    ...ping.handlers,
    ...messages.handlers,
    ...groups.handlers,
    ...receipts.handlers,
    ...sync.handlers,
    ...typing.handlers,
    ...presence.handlers,
  }),
};
