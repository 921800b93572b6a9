import asyncApiSchema from '@asyncapi/specs/schemas/3.0.0.json';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { accessRules } from './access';
import type { ActionDeclaration, RouteDeclaration } from './action';
import { actions } from './actions';
import { asyncApiDocument } from './asyncapi';
import { errors } from './errors';
import { events } from './events';
import { namedSchemas } from './json-schema';
import { openApiDocument, routeErrors } from './openapi';
import { routes } from './routes';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean }[];
  readonly responses: Json;
}

const openApi = openApiDocument() as { paths: Record<string, Record<string, Operation>>; components: { schemas: Json } };
const asyncApi = asyncApiDocument() as {
  operations: Record<string, { action: string; reply?: { messages: { $ref: string }[] }; description?: string }>;
  components: { messages: Record<string, { payload: { properties: Record<string, Json> } }>; schemas: Json };
};
const declared = Object.entries(routes) as [string, RouteDeclaration][];

describe.each([
  ['the OpenAPI document', openApi],
  ['the AsyncAPI document', asyncApi],
])('%s', (_name, document) => {
  it('points only to what it holds', () => {
    const refs = refsOf(document);
    expect(refs.length).toBeGreaterThan(0);
    expect(refs.filter((ref) => resolve(document, ref) === undefined)).toEqual([]);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('knows every error code', () => {
    const { Error } = document.components.schemas as { Error: { properties: { code: { enum: string[] } } } };
    expect(Error.properties.code.enum).toEqual(Object.keys(errors));
  });

  it('closes no object, since fields may be added', () => {
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false');
  });
});

describe('the OpenAPI document', () => {
  it('is one by the published schema of OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(openApiDocument())).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(await validator.validate({ ...openApiDocument(), paths: { 'no-slash': {} } })).toMatchObject({ valid: false });
  });

  it('has every route', () => {
    const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
    );
    const expected = declared.map(([name, { method, path }]) => `${name}: ${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(operations.sort()).toEqual(expected.sort());
  });

  it.each(declared)('names the answers and the parameters of %s', (_name, route) => {
    const { responses, parameters = [] } = operationOf(route);
    const others = Object.keys(route.alsoAnswers ?? {}).map(Number);
    const statuses = [route.status, ...others, ...routeErrors(route).map((code) => errors[code].status)];
    expect(Object.keys(responses).map(Number).sort()).toEqual([...new Set(statuses)].sort());
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `:${name}`)).toEqual(route.path.match(/:\w+/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
  });

  it('tells every code that a route declares', () => {
    for (const [, route] of declared) {
      const told = JSON.stringify(operationOf(route).responses);
      for (const code of route.errors) expect(told).toContain(code);
    }
  });
});

describe('the AsyncAPI document', () => {
  it('is one by the published schema of AsyncAPI 3.0', () => {
    // The schema brings the meta schemas that it refers to, and names formats of its own.
    const validate = new Ajv({ strict: false, validateFormats: false, validateSchema: false, meta: false }).compile(asyncApiSchema);
    validate(asyncApiDocument());
    expect(validate.errors).toBeNull();
    expect(validate({ ...asyncApiDocument(), channels: { socket: { address: 7 } } })).toBe(false);
  });

  it.each(Object.keys(actions))('receives %s and answers with its ack or an error', (name) => {
    const operation = asyncApi.operations[name];
    expect(operation?.action).toBe('receive');
    expect(operation?.reply?.messages.map(({ $ref }) => $ref.split('/').at(-1))).toEqual([`${name}.ack`, 'error']);
    expect(asyncApi.components.messages[name]?.payload.properties.action).toEqual({ const: name });
  });

  it('tells every code that an action declares', () => {
    for (const [name, { errors }] of Object.entries(actions)) {
      for (const code of errors) expect(asyncApi.operations[name]?.description).toContain(code);
    }
  });

  it.each(Object.keys(events))('sends the event %s', (name) => {
    expect(asyncApi.operations[`event.${name}`]?.action).toBe('send');
    expect(asyncApi.components.messages[`event.${name}`]?.payload.properties.action).toEqual({ const: name });
  });
});

describe('what a declaration may answer', () => {
  const all = [...declared, ...(Object.entries(actions) as [string, ActionDeclaration][])];

  it.each(all)('%s tells every code with which its access rule refuses', (_name, declaration) => {
    const { refuses } = accessRules[declaration.access];
    const codes = Object.values(refuses).filter((code) => code !== 'UNAUTHENTICATED');
    expect(declaration.errors).toEqual(expect.arrayContaining(codes));
  });
});

describe('the named schemas', () => {
  it('are all there', () => {
    expect(Object.values(namedSchemas()).every((schema) => 'properties' in schema || 'anyOf' in schema || 'oneOf' in schema)).toBe(true);
  });
});

function operationOf({ method, path }: RouteDeclaration): Operation {
  const operation = openApi.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${path} is missing`);
  return operation;
}

function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsOf(inner)));
}

function resolve(document: object, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}
