import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Config } from '@app/config';
import { AgreementModule } from './agreement/agreement.module';
import { BlocksModule } from './blocks/blocks.module';
import { ConversationsModule } from './conversations/conversations.module';
import { FanoutModule } from './fanout/fanout.module';
import { FavoritesModule } from './favorites/favorites.module';
import { FilesModule } from './files/files.module';
import { FriendsModule } from './friends/friends.module';
import { GroupsModule } from './groups/groups.module';
import { HttpModule } from './http/http.module';
import { HubModule } from './hub/hub.module';
import { ConfigRoom } from './infra/config';
import { InfraModule, type Outside } from './infra/infra.module';
import { MessagesModule } from './messages/messages.module';
import { PresenceModule } from './presence/presence.module';
import { ReceiptsModule } from './receipts/receipts.module';
import { SessionsModule } from './sessions/sessions.module';
import { SocketModule } from './socket/socket.module';
import { SyncModule } from './sync/sync.module';
import { TypingModule } from './typing/typing.module';
import { UsersModule } from './users/users.module';

/** The rooms of a gateway, in the order in which they depend on each other. */
@Module({})
export class AppModule {
  static with(config: Config, outside: Outside): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigRoom.with(config),
        LoggerModule.forRoot({
          forRoutes: ['/{*splat}'],
          pinoHttp: {
            logger: outside.log,
            autoLogging: { ignore: ({ url }) => quiet.has(pathOf(url)) },
            // What went wrong is said once, by the error filter.
            customLogLevel: () => 'debug',
            serializers: {
              req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({ id, method, path: pathOf(url) }),
              res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
            },
          },
        }),
        InfraModule.with(outside),
        HubModule,
        AgreementModule,
        UsersModule,
        SessionsModule,
        ConversationsModule,
        MessagesModule,
        ReceiptsModule,
        GroupsModule,
        FriendsModule,
        BlocksModule,
        SyncModule,
        FavoritesModule,
        TypingModule,
        PresenceModule,
        FilesModule,
        FanoutModule,
        SocketModule,
        HttpModule,
      ],
    };
  }
}

const quiet = new Set(['/healthz', '/readyz', '/metrics']);

/** A path without its query: a token may be in there. */
const pathOf = (url = ''): string => url.split('?', 1)[0] ?? '';
