import { type ActionName, type RouteDeclaration, type RouteName, accessRules, actions, c2cConversation, routes } from '@app/protocol';
import {
  type Fault,
  type Known,
  type Person,
  Refused,
  type TestClient,
  World,
  codeOf,
  faultsOf,
  fitsIntoUrl,
  sampleOf,
  withFault,
} from '@app/testing';
import type { z } from 'zod';

const known: Known = {
  // Some take nothing but a c2c.
  convId: c2cConversation('a', 'b').convId,
  type: 'text',
  payload: { text: 'hello' },
  clientMsgId: 'm',
  seq: 1,
  userId: 'somebody',
  friendId: 'somebody',
  userIds: ['x'],
  role: 'admin',
  name: 'a name',
  username: 'somebody',
  password: 'a good password',
  fileId: 'nosuchfile',
  size: 1,
  mimeType: 'text/plain',
  id: 'nosuchfile',
  signature: 'a'.repeat(64),
};

/** Each fault under a name for its row. */
const rowsOf = (name: string, schema: z.ZodType | undefined) =>
  faultsOf(schema).map((fault) => ({ row: `${name} · ${fault.path.join('.')} ${fault.what}`, fault }));

const wanted = ['convId'];
const declared = Object.entries(routes) as [RouteName, RouteDeclaration][];
const actionFaults = (Object.keys(actions) as ActionName[]).flatMap((name) =>
  rowsOf(name, actions[name].input).map((row) => ({ name, ...row })),
);
const bodyFaults = declared.flatMap(([name, { method, path, body }]) =>
  rowsOf(`${method} ${path} body`, body).map((row) => ({ name, ...row })),
);
const queryFaults = declared.flatMap(([name, { method, path, query }]) =>
  rowsOf(`${method} ${path} query`, query)
    .filter(({ fault }) => fault.what === 'missing' || fitsIntoUrl(fault))
    .map((row) => ({ name, ...row })),
);
/** A path whose parameters fit, but for the one with the fault. */
const filled = (path: string, fault?: Fault): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(name === fault?.path[0] ? fault.value : (known[name] ?? 'x'))));

/** Nothing between two slashes is another path. */
const pathFaults = declared.flatMap(([name, { method, path, params }]) =>
  rowsOf(`${method} ${path}`, params)
    .filter((row) => row.fault.what !== 'empty' && fitsIntoUrl(row.fault))
    .map((row) => ({ name, ...row })),
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

  const fieldsOf = (body: unknown): string[] => ((body as { issues?: { path: string }[] }).issues ?? []).map(({ path }) => path);
  const named = ({ path }: Fault) => expect.stringMatching(new RegExp(`^${path.join('[.]')}\\b`)) as unknown;

  it.each(actionFaults)('is refused by its name: $row', async ({ name, fault }) => {
    const sample = sampleOf(actions[name].input, known, wanted);
    const refused: unknown = await client.call(name, withFault(sample, fault) as never).catch((error: unknown) => error);
    if (!(refused instanceof Refused)) throw new Error(`${name} was not refused`);
    expect(refused.code).toBe('BAD_REQUEST');
    expect(fieldsOf(refused.body)).toContainEqual(named(fault));
  });

  it.each(bodyFaults)('is refused by its name: $row', async ({ name, fault }) => {
    const { method, path, body, access }: RouteDeclaration = routes[name];
    const sample = sampleOf(body as z.ZodType, known, wanted);
    const person = accessRules[access].auth === 'none' ? undefined : ada;
    const answer = await world.request(method, filled(path), withFault(sample, fault), person);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(fieldsOf(answer.body)).toContainEqual(named(fault));
  });

  it.each(queryFaults)('is refused by its name: $row', async ({ name, fault }) => {
    const { method, path, query }: RouteDeclaration = routes[name];
    const asked = withFault(sampleOf(query as z.ZodType, known, wanted), fault) as Record<string, string>;
    const answer = await world.request(method, `${filled(path)}?${new URLSearchParams(asked).toString()}`, undefined, ada);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(fieldsOf(answer.body)).toContainEqual(named(fault));
  });

  const forged = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url');

  it.each([1, 2, 3, 4])('is refused when a token of sync, in section %i, holds text that no id is made of', async (section) => {
    const since = forged({ since: 1, until: 2, section, cursor: 'é' });
    expect(await codeOf(client.call('sync', { since }))).toBe('BAD_REQUEST');
  });

  it.each(['/api/friends/requests', '/api/groups/invitations', '/api/favorites'])(
    'is refused when a cursor of %s holds such text',
    async (path) => {
      const answer = await world.get(`${path}?cursor=${forged({ createdAt: 1, id: 'é' })}`, ada);
      expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    },
  );

  it.each(pathFaults)('is refused by its name: $row', async ({ name, fault }) => {
    const { method, path, body }: RouteDeclaration = routes[name];
    const answer = await world.request(method, filled(path, fault), body && sampleOf(body, known, wanted), ada);
    expect([answer.status, World.codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(fieldsOf(answer.body)).toContainEqual(named(fault));
  });
});
