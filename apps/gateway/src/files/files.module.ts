import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { RequestLimit } from '../request-limit';
import { Callbacks } from './callbacks';
import { Completion } from './completion';
import { DownloadsController } from './downloads.controller';
import { DownloadsService } from './downloads.service';
import { FileAccess } from './file-access';
import { FileSweep } from './file-sweep';
import { FilesController } from './files.controller';
import { FilesService } from './files.service';
import { Forms } from './forms';
import { Links } from './links';
import { Pictures } from './pictures';
import { Signatures } from './signatures';
import { Uploads } from './uploads';

/** Files: uploading them, reading them, and who may. */
@Module({
  imports: [ConversationsModule],
  controllers: [FilesController, DownloadsController],
  providers: [
    Callbacks,
    Completion,
    DownloadsService,
    FileAccess,
    FileSweep,
    FilesService,
    Forms,
    Links,
    Pictures,
    RequestLimit,
    Signatures,
    Uploads,
  ],
  exports: [FileAccess],
})
export class FilesModule {}
