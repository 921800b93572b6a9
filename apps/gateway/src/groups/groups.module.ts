import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { HubModule } from '../hub/hub.module';
import { UsersModule } from '../users/users.module';
import { GroupsActions } from './groups.actions';
import { GroupsController } from './groups.controller';
import { GroupsService } from './groups.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { NoticesController } from './notices.controller';
import { NoticesService } from './notices.service';
import { RequestsController } from './requests.controller';
import { RequestsService } from './requests.service';
import { Roster } from './roster';

/** Groups, their members, and what they are told. */
@Module({
  imports: [ConversationsModule, HubModule, UsersModule],
  controllers: [GroupsController, MembersController, NoticesController, RequestsController],
  providers: [Roster, GroupsService, MembersService, NoticesService, RequestsService, GroupsActions],
  exports: [GroupsActions],
})
export class GroupsModule {}
