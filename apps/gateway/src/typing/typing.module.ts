import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { HubModule } from '../hub/hub.module';
import { TypingActions } from './typing.actions';
import { TypingController } from './typing.controller';
import { TypingService } from './typing.service';

/** Who is writing at the moment. */
@Module({
  imports: [ConversationsModule, HubModule],
  controllers: [TypingController],
  providers: [TypingService, TypingActions],
  exports: [TypingActions],
})
export class TypingModule {}
