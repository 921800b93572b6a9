import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { Access } from './access';
import { ConversationsController } from './conversations.controller';
import { ConversationsService } from './conversations.service';

/** Who may do what in a conversation, the lists of them, and what users set in them. */
@Module({
  imports: [HubModule],
  controllers: [ConversationsController],
  providers: [Access, ConversationsService],
  exports: [Access],
})
export class ConversationsModule {}
