import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { Announcements } from './announcements';
import { Attendance } from './attendance';
import { LastSeen } from './last-seen';
import { PresenceActions } from './presence.actions';
import { PresenceController } from './presence.controller';
import { PresenceService } from './presence.service';

/** Who is connected, and who may know. */
@Module({
  imports: [HubModule],
  controllers: [PresenceController],
  providers: [PresenceService, PresenceActions, Attendance, Announcements, LastSeen],
  exports: [PresenceActions, Attendance],
})
export class PresenceModule {}
