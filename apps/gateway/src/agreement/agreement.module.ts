import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { Agreement } from './agreement';

/** Whether the gateways have the same settings where they must. */
@Module({ imports: [HubModule], providers: [Agreement], exports: [Agreement] })
export class AgreementModule {}
