import {
  HttpCode,
  type PipeTransform,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  applyDecorators,
  createParamDecorator,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ImError, type RouteDeclaration, type RouteName, routes } from '@app/protocol';
import type { z } from 'zod';
import type { Caller } from './caller';
import type { RawBody } from './raw-body';

/** Where the name of a route is kept on its handler. */
export const ROUTE = 'parley:route';

/** A request after the guard: `caller` is there on routes that ask for a token. */
export type ApiRequest = FastifyRequest & { caller?: Caller };

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Declared<R extends RouteName> = (typeof routes)[R];

/** What a route's handler gets: each part after its schema. */
export interface RouteInput<R extends RouteName> {
  readonly params: Declared<R> extends { params: infer P } ? Parsed<P> : undefined;
  readonly query: Declared<R> extends { query: infer Q } ? Parsed<Q> : undefined;
  readonly body: Declared<R> extends { body: infer B } ? Parsed<B> : undefined;
}

/** What a route's handler answers. */
export type RouteOutput<R extends RouteName> = z.output<Declared<R>['output']>;

/** Makes a controller's method the handler of a declared route: path, method, status and guard follow from the declaration. */
export function Route(name: RouteName): MethodDecorator {
  const { method, path, status, form, bytes }: RouteDeclaration = routes[name];
  const takes: RawBody | undefined = bytes === 'taken' ? 'bytes' : form && 'form';
  return applyDecorators(
    RequestMapping({ path, method: RequestMethod[method] }),
    HttpCode(status),
    SetMetadata(ROUTE, name),
    ...(takes ? [RouteConfig({ takes })] : []),
  );
}

class SchemaPipe implements PipeTransform<{ name: RouteName; request: ApiRequest }> {
  transform({ name, request }: { name: RouteName; request: ApiRequest }): Record<'params' | 'query' | 'body', unknown> {
    const declared: RouteDeclaration = routes[name];
    const parse = (schema: z.ZodType | undefined, value: unknown) => {
      if (!schema) return undefined;
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data;
      const issues = parsed.error.issues.slice(0, 20).map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
      throw new ImError('BAD_REQUEST', 'the request is not valid', { issues });
    };
    return {
      params: parse(declared.params, request.params),
      query: parse(declared.query, request.query),
      body: parse(declared.body, request.body ?? {}),
    };
  }
}

const RawInput = createParamDecorator((_, context) => ({
  name: Reflect.getMetadata(ROUTE, context.getHandler()) as RouteName,
  request: context.switchToHttp().getRequest<ApiRequest>(),
}));

/** The request of a declared route, after its schemas. Throws `BAD_REQUEST` with the fields that were refused. */
export const Input = (): ParameterDecorator => RawInput(SchemaPipe);

/** Who asks. Only on routes that ask for a token. */
export const Asker = createParamDecorator((_, context): Caller => {
  const { caller } = context.switchToHttp().getRequest<ApiRequest>();
  if (!caller) throw new ImError('UNAUTHENTICATED');
  return caller;
});
