import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { Attachments } from './attachments';
import { Endings } from './endings';
import { MessagesActions } from './messages.actions';
import { MessagesController } from './messages.controller';
import { MessagesService } from './messages.service';
import { SendLimit } from './send-limit';

/** Sending, reading and taking back messages. */
@Module({
  imports: [ConversationsModule],
  controllers: [MessagesController],
  providers: [MessagesService, Attachments, MessagesActions, SendLimit, Endings],
  exports: [MessagesActions, Endings, SendLimit],
})
export class MessagesModule {}
