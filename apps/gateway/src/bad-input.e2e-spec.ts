import {
  type ActionName,
  type JsonSchema,
  type RouteDeclaration,
  type RouteName,
  accessRules,
  actions,
  groupConversation,
  jsonSchemaOf,
  routes,
} from '@app/protocol';
import { type Known, type Person, Refused, type TestClient, World, sampleOf } from '@app/testing';
import type { z } from 'zod';

/** One field that does not fit, in a request that fits otherwise. */
interface Fault {
  readonly field: string;
  readonly what: string;
  readonly value: unknown;
}

const known: Known = {
  convId: groupConversation('g').convId,
  type: 'text',
  payload: { text: 'hello' },
  clientMsgId: 'm',
  seq: 1,
  username: 'somebody',
  password: 'a good password',
};

/** Every way in which the schema of a field can be missed, as far as JSON Schema tells it. */
function* wrongValues(schema: JsonSchema, required: boolean): Iterable<readonly [what: string, value: unknown]> {
  const choices = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  const types = new Set(
    (choices ?? [schema]).map(({ type, enum: words, const: word }) => type ?? typeof (word ?? (words as unknown[])?.[0])),
  );
  if (required) yield ['missing', undefined];
  if (!types.has('null')) yield ['null', null];
  if (!types.has('object')) yield ['an object', { __proto__: null, a: 1 }];
  if (!types.has('array')) yield ['a list', [[]]];
  if (!types.has('boolean')) yield ['a boolean', true];
  if (types.has('string')) {
    yield ['empty', ''];
    yield ['with a NUL', 'a\0b'];
    yield ['with half a surrogate pair', 'a\ud800'];
    yield ['far too long', 'x'.repeat(20_000)];
    if (schema.maxLength !== undefined) yield ['one too long', 'x'.repeat(Number(schema.maxLength) + 1)];
  } else yield ['a text', 'x'];
  if (types.has('integer') || types.has('number')) {
    const { minimum, maximum } = choices?.[0] ?? schema;
    yield ['below the minimum', Number(minimum) - 1];
    if (Number(maximum) < Number.MAX_SAFE_INTEGER) yield ['above the maximum', Number(maximum) + 1];
    yield ['beyond 2^53', 2 ** 53];
    yield ['no whole number', 1.5];
  } else yield ['a number', 7];
  if (schema.maxItems !== undefined) yield ['too many', Array(Number(schema.maxItems) + 1).fill('x')];
}

function faultsOf(schema: z.ZodType | undefined): Fault[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).flatMap(([field, property]) =>
    [...wrongValues(property, required.includes(field))].map(([what, value]) => ({ field, what, value })),
  );
}

const withFault = (sample: unknown, { field, value }: Fault): Record<string, unknown> => {
  const rest = Object.fromEntries(Object.entries(sample as object).filter(([name]) => name !== field));
  return value === undefined ? rest : { ...rest, [field]: value };
};

const wanted = ['convId'];
const actionFaults = (Object.keys(actions) as ActionName[]).flatMap((name) =>
  faultsOf(actions[name].input).map((fault) => ({ name, ...fault, fault })),
);
const bodyFaults = (Object.entries(routes) as [RouteName, RouteDeclaration][]).flatMap(([name, { body }]) =>
  faultsOf(body).map((fault) => ({ name, ...fault, fault })),
);
/** A query is text: what is wrong in it is wrong as text, and must fit into a URL. */
const queryFaults = (Object.entries(routes) as [RouteName, RouteDeclaration][]).flatMap(([name, { query }]) =>
  faultsOf(query)
    .filter(({ value }) => ['undefined', 'string', 'number'].includes(typeof value))
    .filter(({ what }) => !['a number', 'with half a surrogate pair'].includes(what))
    .map((fault) => (typeof fault.value === 'string' ? { ...fault, value: fault.value.slice(0, 1_000) } : fault))
    .map((fault) => ({ name, ...fault, fault })),
);

describe('a request with one fault', () => {
  let world: World;
  let ada: Person;
  let client: TestClient;

  beforeAll(async () => {
    world = await World.start();
    ada = await world.person('ada');
    client = await world.connect(ada);
  });
  afterAll(() => world.close());

  const fieldsOf = (body: unknown): string[] =>
    ((body as { issues?: { path: string }[] }).issues ?? []).map(({ path }) => path.split('.')[0] ?? '');

  it.each(actionFaults)('is refused by name: $name, $field $what', async ({ name, field, fault }) => {
    const sample = sampleOf(actions[name].input, known, wanted);
    const refused: unknown = await client.call(name, withFault(sample, fault) as never).catch((error: unknown) => error);
    if (!(refused instanceof Refused)) throw new Error(`${name} was not refused`);
    expect(refused.code).toBe('BAD_REQUEST');
    expect(fieldsOf(refused.body)).toContain(field);
  });

  it.each(bodyFaults)('is refused by name: $name, $field $what in the body', async ({ name, field, fault }) => {
    const { method, path, body, access }: RouteDeclaration = routes[name];
    const sample = sampleOf(body as z.ZodType, known, wanted);
    const person = accessRules[access].auth === 'none' ? undefined : ada;
    const answer = await world.request(method, path.replace(/:\w+/g, 'x'), withFault(sample, fault), person);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(fieldsOf(answer.body)).toContain(field);
  });

  it.each(queryFaults)('is refused by name: $name, $field $what in the query', async ({ name, field, fault }) => {
    const { method, path, query }: RouteDeclaration = routes[name];
    const asked = withFault(sampleOf(query as z.ZodType, known, wanted), fault) as Record<string, string>;
    const answer = await world.request(method, `${path.replace(/:\w+/g, 'x')}?${new URLSearchParams(asked).toString()}`, undefined, ada);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(fieldsOf(answer.body)).toContain(field);
  });
});
