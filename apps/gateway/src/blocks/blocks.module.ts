import { Module } from '@nestjs/common';
import { Pairs } from '../friends/pairs';
import { HubModule } from '../hub/hub.module';
import { BlocksController } from './blocks.controller';
import { BlocksService } from './blocks.service';

/** Who wants no messages exchanged with whom. */
@Module({ imports: [HubModule], controllers: [BlocksController], providers: [BlocksService, Pairs] })
export class BlocksModule {}
