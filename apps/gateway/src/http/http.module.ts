import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { AgreementModule } from '../agreement/agreement.module';
import { HubModule } from '../hub/hub.module';
import { SessionsModule } from '../sessions/sessions.module';
import { SocketModule } from '../socket/socket.module';
import { AuthGuard } from './auth.guard';
import { ErrorFilter } from './error.filter';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';
import { PagesController } from './pages.controller';
import { RequestLimit } from '../request-limit';

/** The HTTP edge: guard, errors, health, metrics, pages. Routes are with their features. */
@Module({
  imports: [
    AgreementModule,
    HubModule,
    SessionsModule,
    SocketModule,
    TerminusModule.forRoot({ logger: false }),
    PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: false } }),
  ],
  controllers: [HealthController, PagesController],
  providers: [RequestLimit, { provide: APP_GUARD, useClass: AuthGuard }, { provide: APP_FILTER, useClass: ErrorFilter }],
})
export class HttpModule {}
