import { Module } from '@nestjs/common';
import { Access } from './access';
import { ConversationsController } from './conversations.controller';
import { ConversationsService } from './conversations.service';

/** Who may do what in a conversation, and the lists of them. */
@Module({
  controllers: [ConversationsController],
  providers: [Access, ConversationsService],
  exports: [Access],
})
export class ConversationsModule {}
