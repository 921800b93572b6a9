import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { HubModule } from '../hub/hub.module';
import { MessagesModule } from '../messages/messages.module';
import { ReceiptsActions } from './receipts.actions';
import { ReceiptsController } from './receipts.controller';
import { ReceiptsService } from './receipts.service';

/** How far people are, and what they have not read. */
@Module({
  imports: [ConversationsModule, HubModule, MessagesModule],
  controllers: [ReceiptsController],
  providers: [ReceiptsService, ReceiptsActions],
  exports: [ReceiptsActions],
})
export class ReceiptsModule {}
