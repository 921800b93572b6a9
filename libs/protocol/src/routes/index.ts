import type { z } from 'zod';
import { blocksRoutes } from './blocks';
import { conversationsRoutes } from './conversations';
import { favoritesRoutes } from './favorites';
import { filesRoutes } from './files';
import { friendsRoutes } from './friends';
import { groupsRoutes } from './groups';
import { messagesRoutes } from './messages';
import { presenceRoutes } from './presence';
import { receiptsRoutes } from './receipts';
import { sessionsRoutes } from './sessions';
import { typingRoutes } from './typing';
import { usersRoutes } from './users';

/** Every REST route, by the name of the controller's method. */
export const routes = {
  ...usersRoutes,
  ...sessionsRoutes,
  ...friendsRoutes,
  ...blocksRoutes,
  ...groupsRoutes,
  ...conversationsRoutes,
  ...messagesRoutes,
  ...receiptsRoutes,
  ...presenceRoutes,
  ...typingRoutes,
  ...filesRoutes,
  ...favoritesRoutes,
} as const;

export type RouteName = keyof typeof routes;
type Routes = typeof routes;

/** Routes that take or give something else than JSON. */
type ByteRoute = {
  [R in RouteName]: Routes[R] extends { readonly bytes: string } | { readonly form: z.ZodType } ? R : never;
}[RouteName];
/** Routes that speak JSON, both ways. */
export type JsonRoute = Exclude<RouteName, ByteRoute>;

type Nothing = Readonly<Record<never, never>>;

/** A part of a request under its name; it may be missing where nothing in it must be there. */
type Part<D, P extends 'params' | 'body'> = D extends { readonly [K in P]: infer S extends z.ZodType }
  ? object extends z.input<S>
    ? { readonly [K in P]?: z.input<S> }
    : { readonly [K in P]: z.input<S> }
  : Nothing;

/** A query as a program writes it: what becomes a number is one. */
type Query<S extends z.ZodType> = { readonly [K in keyof z.output<S> as K extends Needed<z.input<S>> ? K : never]: z.output<S>[K] } & {
  readonly [K in keyof z.output<S> as K extends Needed<z.input<S>> ? never : K]?: z.output<S>[K];
};
/** Fields that must be there; one that may be undefined needs not, whether its schema has a name for that or not. */
type Needed<I> = { [K in keyof I]-?: undefined extends I[K] ? never : K }[keyof I];

type QueryPart<D> = D extends { readonly query: infer S extends z.ZodType }
  ? object extends Query<S>
    ? { readonly query?: Query<S> }
    : { readonly query: Query<S> }
  : Nothing;

/** What a client gives to a route: those of `params`, `query` and `body` that it declares. */
export type RouteRequest<R extends RouteName> = Part<Routes[R], 'params'> & QueryPart<Routes[R]> & Part<Routes[R], 'body'>;
/** What a route answers. */
export type RouteAnswer<R extends RouteName> = z.output<Routes[R]['output']>;
/** The method and the path of a route. */
export type RoutePlace<R extends RouteName> = `${Routes[R]['method']} ${Routes[R]['path']}`;

type AccessOf<R extends RouteName> = Routes[R]['access'];
/** Routes for people without a token. */
export type OpenRoute = { [R in JsonRoute]: AccessOf<R> extends 'anybody' ? R : never }[JsonRoute];
/** Routes about the very session that asks, which another token does not replace. */
export type SessionRoute = { [R in RouteName]: AccessOf<R> extends 'session' ? R : never }[RouteName];
