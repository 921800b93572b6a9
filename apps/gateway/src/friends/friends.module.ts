import { Module } from '@nestjs/common';
import { HubModule } from '../hub/hub.module';
import { FriendsController } from './friends.controller';
import { FriendRequestsService } from './friend-requests.service';
import { FriendsService } from './friends.service';
import { Pairs } from './pairs';

/** Friends, and requests for friendship. */
@Module({ imports: [HubModule], controllers: [FriendsController], providers: [FriendsService, FriendRequestsService, Pairs] })
export class FriendsModule {}
