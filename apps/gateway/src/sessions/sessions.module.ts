import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { RequestLimit } from '../request-limit';
import { LoginLimit } from './login-limit';
import { Revocations } from './revocations';
import { SessionReader } from './session-reader';
import { SessionsController } from './sessions.controller';
import { SessionsService } from './sessions.service';

/** From login to logout. */
@Module({
  imports: [HubModule],
  controllers: [SessionsController],
  providers: [SessionsService, SessionReader, LoginLimit, RequestLimit, Revocations],
  exports: [SessionsService, Revocations],
})
export class SessionsModule {}
