import { accessRules } from './access';
import type { RouteDeclaration } from './action';
import { protocolVersion } from './connection';
import { type ErrorCode, errors } from './errors';
import { type JsonSchema, jsonSchemaOf, namedSchemas } from './json-schema';
import { routes } from './routes';

/** The cookie that `login` sets on request and `refresh` takes instead of a token. */
export const refreshCookie = 'parley_refresh';

/** Every code that a route may answer with: those of its declaration and those that follow from what it takes and from whom (banned users are `FORBIDDEN`). */
export function routeErrors(route: RouteDeclaration): ErrorCode[] {
  const { auth } = accessRules[route.access];
  const takesBody = route.body !== undefined || route.form !== undefined || route.bytes === 'taken';
  const takesInput = takesBody || route.params !== undefined || route.query !== undefined;
  return [
    ...new Set<ErrorCode>([
      ...(takesInput ? (['BAD_REQUEST'] as const) : []),
      ...(auth === 'none' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
      ...(auth === 'bearer' || auth === 'link' ? (['RATE_LIMIT'] as const) : []),
      ...route.errors,
      ...(takesBody ? (['TOO_LARGE'] as const) : []),
      'UNAVAILABLE',
      'INTERNAL',
    ]),
  ];
}

/** The REST routes as an OpenAPI 3.1 document. */
export function openApiDocument(): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: protocolVersion,
      description: 'Self-hosted instant messaging: the REST half of the contract. The WebSocket half is in the AsyncAPI document.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths: paths(),
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        refreshCookie: { type: 'apiKey', in: 'cookie', name: refreshCookie },
      },
    },
  };
}

function paths(): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes) as [string, RouteDeclaration][]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return paths;
}

const security = {
  bearer: [{ bearer: [] }],
  refresh: [{ bearer: [] }, { refreshCookie: [] }],
  link: [{ bearer: [] }, {}],
  none: [],
} as const;

function operation(name: string, route: RouteDeclaration): Record<string, unknown> {
  const parameters = [...parametersOf(route, 'path'), ...parametersOf(route, 'query')];
  return {
    operationId: name,
    summary: route.summary,
    ...(accessRules[route.access].needs === '' ? {} : { description: accessRules[route.access].needs }),
    tags: [/^(?:\/api)?\/(\w+)/.exec(route.path)?.[1]],
    security: security[accessRules[route.access].auth],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(route),
    responses: {
      [route.status]: { description: 'Done', content: route.bytes === 'given' ? anyBytes : json(jsonSchemaOf(route.output, 'output')) },
      ...others(route),
      ...refusals(routeErrors(route)),
    },
  };
}

function requestBody({ body, form, bytes }: RouteDeclaration): Record<string, unknown> {
  const of = (content: unknown) => ({ requestBody: { required: true, content } });
  if (bytes === 'taken') return of(anyBytes);
  if (body !== undefined) return of(json(jsonSchemaOf(body, 'input')));
  if (form === undefined) return {};
  const { properties = {}, required = [], ...fields } = jsonSchemaOf(form, 'input') as { properties?: object; required?: string[] };
  const file = { type: 'string', contentMediaType: 'application/octet-stream' };
  return of({ 'multipart/form-data': { schema: { ...fields, properties: { ...properties, file }, required: [...required, 'file'] } } });
}

function parametersOf(route: RouteDeclaration, place: 'path' | 'query'): Record<string, unknown>[] {
  const schema = place === 'path' ? route.params : route.query;
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** Answers that are neither the usual one nor in the catalogue of errors. */
function others({ alsoAnswers = {} }: RouteDeclaration): Record<string, unknown> {
  const contentOf = (status: number) =>
    status < 300 ? { content: anyBytes } : status >= 400 ? { content: json({ $ref: '#/components/schemas/Error' }) } : {};
  return Object.fromEntries(
    Object.entries(alsoAnswers).map(([status, description]) => [status, { description, ...contentOf(Number(status)) }]),
  );
}

/** One answer per HTTP status: several codes may share one. */
function refusals(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(errors[code].status, [...(byStatus.get(errors[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `${code}: ${errors[code].message}`).join('; '),
        content: json({ allOf: [{ $ref: '#/components/schemas/Error' }, { properties: { code: { enum: same } } }] }),
      },
    ]),
  );
}

/** Bytes have no schema in OpenAPI 3.1. */
const anyBytes = { 'application/octet-stream': {} };

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });
