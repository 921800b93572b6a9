import { Module } from '@nestjs/common';
import { GroupsModule } from '../groups/groups.module';
import { HubModule } from '../hub/hub.module';
import { MessagesModule } from '../messages/messages.module';
import { PresenceModule } from '../presence/presence.module';
import { ReceiptsModule } from '../receipts/receipts.module';
import { SessionsModule } from '../sessions/sessions.module';
import { SyncModule } from '../sync/sync.module';
import { TypingModule } from '../typing/typing.module';
import { Admission } from './admission';
import { Connections } from './connections';
import { Devices } from './devices';
import { Dispatcher } from './dispatcher';
import { Drain } from './drain';
import { handlersProvider } from './handlers';
import { Heartbeat } from './heartbeat';
import { PingActions } from './ping.actions';
import { SocketGateway } from './socket.gateway';

/** The WebSocket edge: frames in, replies and events out. */
@Module({
  imports: [HubModule, SessionsModule, MessagesModule, GroupsModule, ReceiptsModule, SyncModule, TypingModule, PresenceModule],
  providers: [Admission, Connections, Devices, Dispatcher, Drain, Heartbeat, PingActions, SocketGateway, handlersProvider],
  exports: [Admission],
})
export class SocketModule {}
