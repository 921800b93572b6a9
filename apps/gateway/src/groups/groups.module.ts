import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { HubModule } from '../hub/hub.module';
import { GroupsActions } from './groups.actions';
import { GroupsController } from './groups.controller';
import { GroupsService } from './groups.service';

/** Groups and their members. */
@Module({
  imports: [ConversationsModule, HubModule],
  controllers: [GroupsController],
  providers: [GroupsService, GroupsActions],
  exports: [GroupsActions],
})
export class GroupsModule {}
