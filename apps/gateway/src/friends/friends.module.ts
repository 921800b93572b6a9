import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { FriendsController } from './friends.controller';
import { FriendsService } from './friends.service';

/** Friends, and requests for friendship. */
@Module({ imports: [HubModule], controllers: [FriendsController], providers: [FriendsService] })
export class FriendsModule {}
