import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { LoginLimit } from './login-limit';
import { SessionReader } from './session-reader';
import { SessionsController } from './sessions.controller';
import { SessionsService } from './sessions.service';

/** From login to logout. */
@Module({
  imports: [HubModule],
  controllers: [SessionsController],
  providers: [SessionsService, SessionReader, LoginLimit],
  exports: [SessionsService],
})
export class SessionsModule {}
