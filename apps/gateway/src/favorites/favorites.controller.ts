import { Controller } from '@nestjs/common';
import type { Caller } from '../caller';
import { Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { FavoritesService } from './favorites.service';

/** REST routes on favorites. */
@Controller()
export class FavoritesController {
  constructor(private readonly service: FavoritesService) {}

  @Route('addFavoriteMessage')
  addMessage(@Asker() caller: Caller, @Input() { body }: RouteInput<'addFavoriteMessage'>): Promise<RouteOutput<'addFavoriteMessage'>> {
    return this.service.addMessage(caller, body);
  }

  @Route('addFavoriteCustom')
  addCustom(@Asker() caller: Caller, @Input() { body }: RouteInput<'addFavoriteCustom'>): Promise<RouteOutput<'addFavoriteCustom'>> {
    return this.service.addCustom(caller, body);
  }

  @Route('favorites')
  favorites(@Asker() caller: Caller, @Input() { query }: RouteInput<'favorites'>): Promise<RouteOutput<'favorites'>> {
    return this.service.list(caller, query);
  }

  @Route('searchFavorites')
  search(@Asker() caller: Caller, @Input() { query }: RouteInput<'searchFavorites'>): Promise<RouteOutput<'searchFavorites'>> {
    return this.service.list(caller, query);
  }

  @Route('favoriteStats')
  stats(@Asker() caller: Caller): Promise<RouteOutput<'favoriteStats'>> {
    return this.service.stats(caller);
  }

  @Route('updateFavorite')
  update(@Asker() caller: Caller, @Input() { params, body }: RouteInput<'updateFavorite'>): Promise<RouteOutput<'updateFavorite'>> {
    return this.service.update(caller, params.id, body);
  }

  @Route('removeFavorite')
  async remove(@Asker() caller: Caller, @Input() { params }: RouteInput<'removeFavorite'>): Promise<RouteOutput<'removeFavorite'>> {
    await this.service.remove(caller, params.id);
    return {};
  }
}
