import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module';
import { FavoritesController } from './favorites.controller';
import { FavoritesService } from './favorites.service';

/** What users keep for themselves. */
@Module({ imports: [ConversationsModule], controllers: [FavoritesController], providers: [FavoritesService] })
export class FavoritesModule {}
