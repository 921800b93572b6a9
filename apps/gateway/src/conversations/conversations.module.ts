import { Module } from '@nestjs/common';
import { Access } from './access';
import { ConversationsActions } from './conversations.actions';
import { ConversationsController } from './conversations.controller';
import { ConversationsService } from './conversations.service';

/** Who may do what in a conversation, and the lists of them. */
@Module({
  controllers: [ConversationsController],
  providers: [Access, ConversationsService, ConversationsActions],
  exports: [Access, ConversationsActions],
})
export class ConversationsModule {}
