import { type ActionName, type ErrorCode, type RouteDeclaration, type RouteName, actions, errors, routes } from '@app/protocol';
import { type Person, Refused, type TestClient, World } from '@app/testing';
import { createSigner } from 'fast-jwt';

/** What is asked about: ids of things that are there, or of none. */
interface Ids {
  readonly groupId: string;
  /** The c2c of two others. */
  readonly c2c: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** `open`: it is not about anybody's things, or tells nothing of them; otherwise the code that refuses. */
type Verdict = 'open' | ErrorCode;

/** How an action is asked for, and what those get who have no right to the group of `ids`: never had, or no longer. */
interface ActionCase {
  readonly data: (ids: Ids) => Record<string, unknown>;
  readonly stranger: Verdict;
  readonly former: Verdict;
  /** The same about a c2c of others, for actions that can name one. */
  readonly c2c?: (ids: Ids) => Record<string, unknown>;
}

interface RouteCase {
  readonly path: (ids: Ids) => string;
  readonly body?: (ids: Ids) => Record<string, unknown>;
  readonly stranger: Verdict;
  readonly former: Verdict;
  readonly c2c?: { readonly path?: (ids: Ids) => string; readonly body?: (ids: Ids) => Record<string, unknown> };
}

const message = (target: Record<string, unknown>) => ({ ...target, type: 'text', payload: { text: 'hello' }, clientMsgId: 'm' });

const actionCases: Readonly<Record<ActionName, ActionCase>> = {
  ping: { data: () => ({}), stranger: 'open', former: 'open' },
  send: {
    data: ({ groupId }) => message({ groupId }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: ({ c2c }) => message({ convId: c2c }),
  },
  subscribe_group: { data: ({ groupId }) => ({ groupId, fromSeq: 0 }), stranger: 'NOT_FOUND', former: 'NOT_GROUP_MEMBER' },
  unsubscribe_group: { data: ({ groupId }) => ({ groupId }), stranger: 'open', former: 'open' },
  history: { data: ({ groupId }) => ({ groupId }), stranger: 'NOT_FOUND', former: 'open', c2c: ({ c2c }) => ({ convId: c2c }) },
  entries: {
    data: ({ groupId }) => ({ groupId, afterSeq: 0 }),
    stranger: 'NOT_FOUND',
    former: 'open',
    c2c: ({ c2c }) => ({ convId: c2c, afterSeq: 0 }),
  },
  sync: { data: () => ({}), stranger: 'open', former: 'open' },
  read: {
    data: ({ groupId }) => ({ groupId, seq: 2 }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: ({ c2c }) => ({ convId: c2c, seq: 1 }),
  },
  recall: {
    data: ({ groupId }) => ({ groupId, seq: 2 }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: ({ c2c }) => ({ convId: c2c, seq: 1 }),
  },
};

/** The last of them end the caller's session or window, so the order matters. */
const routeCases: Readonly<Record<RouteName, RouteCase>> = {
  register: { path: () => '/api/register', body: () => ({ username: 'x' }), stranger: 'BAD_REQUEST', former: 'BAD_REQUEST' },
  login: { path: () => '/api/login', body: () => ({ username: 'x' }), stranger: 'BAD_REQUEST', former: 'BAD_REQUEST' },
  // People of these tests have tokens of a product's own login, which have no session to refresh.
  refresh: { path: () => '/api/token/refresh', stranger: 'UNAUTHENTICATED', former: 'UNAUTHENTICATED' },
  sessions: { path: () => '/api/sessions', stranger: 'open', former: 'open' },
  revokeSession: { path: ({ sessionId }) => `/api/sessions/${sessionId}`, stranger: 'NOT_FOUND', former: 'NOT_FOUND' },
  me: { path: () => '/api/users/me', stranger: 'open', former: 'open' },
  updateMe: { path: () => '/api/users/me', body: () => ({}), stranger: 'open', former: 'open' },
  searchUsers: { path: () => '/api/users/search?q=zzz', stranger: 'open', former: 'open' },
  // Who somebody is may be seen by everybody.
  user: { path: ({ userId }) => `/api/users/${userId}`, stranger: 'open', former: 'open' },
  createGroup: { path: () => '/api/groups', body: () => ({ name: 'another' }), stranger: 'open', former: 'open' },
  groups: { path: () => '/api/groups', stranger: 'open', former: 'open' },
  group: { path: ({ groupId }) => `/api/groups/${groupId}`, stranger: 'NOT_FOUND', former: 'NOT_GROUP_MEMBER' },
  leaveGroup: { path: ({ groupId }) => `/api/groups/${groupId}/leave`, stranger: 'NOT_FOUND', former: 'NOT_GROUP_MEMBER' },
  joinGroup: { path: ({ groupId }) => `/api/groups/${groupId}/join`, stranger: 'NOT_FOUND', former: 'NOT_FOUND' },
  groupMembers: { path: ({ groupId }) => `/api/groups/${groupId}/members`, stranger: 'NOT_FOUND', former: 'NOT_GROUP_MEMBER' },
  updateMember: {
    path: ({ groupId, userId }) => `/api/groups/${groupId}/members/${userId}`,
    body: () => ({ mutedUntil: 1 }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
  },
  removeMember: {
    path: ({ groupId, userId }) => `/api/groups/${groupId}/members/${userId}`,
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
  },
  conversations: { path: () => '/api/conversations', stranger: 'open', former: 'open' },
  history: {
    path: ({ groupId }) => `/api/messages/history?convId=group:${groupId}`,
    stranger: 'NOT_FOUND',
    former: 'open',
    c2c: { path: ({ c2c }) => `/api/messages/history?convId=${c2c}` },
  },
  entries: {
    path: ({ groupId }) => `/api/messages/entries?convId=group:${groupId}&afterSeq=0`,
    stranger: 'NOT_FOUND',
    former: 'open',
    c2c: { path: ({ c2c }) => `/api/messages/entries?convId=${c2c}&afterSeq=0` },
  },
  send: {
    path: () => '/api/messages',
    body: ({ groupId }) => message({ groupId }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: { body: ({ c2c }) => message({ convId: c2c }) },
  },
  read: {
    path: () => '/api/messages/read',
    body: ({ groupId }) => ({ groupId, seq: 2 }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: { body: ({ c2c }) => ({ convId: c2c, seq: 1 }) },
  },
  recall: {
    path: () => '/api/messages/recall',
    body: ({ groupId }) => ({ groupId, seq: 2 }),
    stranger: 'NOT_FOUND',
    former: 'NOT_GROUP_MEMBER',
    c2c: { body: ({ c2c }) => ({ convId: c2c, seq: 1 }) },
  },
  logout: { path: () => '/api/logout', stranger: 'open', former: 'open' },
};

const actionTable = Object.entries(actionCases) as [ActionName, ActionCase][];
const routeTable = Object.entries(routeCases) as [RouteName, RouteCase][];

describe('authorisation', () => {
  const said = 'what only members may read';
  const afterwards = 'what was said after the leaving';
  const none: Ids = { groupId: 'no-such-group', c2c: 'c2c:no-one:no-other', userId: 'no-one', sessionId: 'no-such-session' };
  let world: World;
  let ids: Ids;
  let stranger: Person & { client: TestClient }, former: Person & { client: TestClient };
  let badTokens: Readonly<Record<string, string | undefined>>;

  beforeAll(async () => {
    world = await World.start();
    const [ada, bob] = [await world.register('ada'), await world.person('bob')];
    const [eve, fred] = [await world.person('eve'), await world.person('fred')];
    const groupId = await world.group(ada, [bob, fred], { joinPolicy: 'invite' });
    const a = await world.connect(ada);
    await a.say({ groupId }, said);
    const { convId } = await a.say({ to: bob.id }, said);
    await world.post(`/api/groups/${groupId}/leave`, undefined, fred);
    await a.say({ groupId }, afterwards);
    const { body } = await world.get<{ sessions: { id: string }[] }>('/api/sessions', ada);
    ids = { groupId, c2c: convId, userId: ada.id, sessionId: body.sessions[0]?.id ?? '' };
    stranger = { ...eve, client: await world.connect(eve) };
    former = { ...fred, client: await world.connect(fred) };
    const hourAgo = Math.floor(Date.now() / 1000) - 3600;
    badTokens = {
      'no token': undefined,
      'an expired token': world.sign('bob', { iat: hourAgo, exp: hourAgo + 60 }).token,
      'a token of another secret': createSigner({ key: 'another secret of at least 32 characters', algorithm: 'HS256' })({ sub: 'bob' }),
      'an unsigned token': createSigner({ algorithm: 'none' })({ sub: 'bob' }),
      nonsense: 'nonsense',
    };
  });
  afterAll(() => world.close());

  /** The reply to an action: its data, or the body of its error. */
  const act = async ({ client }: { client: TestClient }, action: ActionName, data: Record<string, unknown>) => {
    try {
      return { verdict: 'open' as const, body: (await client.call(action, data)) as unknown };
    } catch (error) {
      if (error instanceof Refused) return { verdict: error.code, body: error.body };
      throw error;
    }
  };
  const ask = async (
    name: RouteName,
    asked: Ids,
    person: Person | undefined,
    way: { path?: RouteCase['path']; body?: RouteCase['body'] } = {},
  ) => {
    const { path, body } = { ...routeCases[name], ...way };
    const route: RouteDeclaration = routes[name];
    const answer = await world.request(route.method, path(asked), body?.(asked), person);
    const verdict = answer.status < 300 ? 'open' : World.codeOf(answer);
    if (verdict !== 'open') expect(answer.status).toBe(errors[verdict as ErrorCode].status);
    const headers = Object.fromEntries([...answer.headers].filter(([header]) => !['date', 'content-length'].includes(header)));
    return { verdict, body: answer.body, headers };
  };
  const isAbout = (name: RouteName) => routeCases[name].path(ids) !== routeCases[name].path(none) || routeCases[name].body !== undefined;

  it('is decided for every action and every route', () => {
    expect(Object.keys(actionCases).sort()).toEqual(Object.keys(actions).sort());
    expect(Object.keys(routeCases).sort()).toEqual(Object.keys(routes).sort());
  });

  it('refuses an upgrade, and with it every action, to whoever shows no good token', async () => {
    for (const [, token] of Object.entries(badTokens)) {
      const protocols = token === undefined ? [] : ['parley.v1', `bearer.${token}`];
      await expect(world.connect({ id: '', token: '' }, { protocols })).rejects.toMatchObject({
        status: 401,
        body: { code: 'UNAUTHENTICATED' },
      });
    }
  });

  describe.each(actionTable)('of the action %s', (action, { data, c2c, ...verdicts }) => {
    it(`is ${verdicts.stranger} to a stranger, and the group looks like none`, async () => {
      const answer = await act(stranger, action, data(ids));
      expect(answer.verdict).toBe(verdicts.stranger);
      const about = JSON.stringify(await act(stranger, action, data(none))).replaceAll(none.groupId, ids.groupId);
      if (action !== 'ping' && action !== 'sync') expect(JSON.stringify(answer)).toBe(about);
      expect(JSON.stringify(answer)).not.toContain(said);
    });

    it(`is ${verdicts.former} to a former member, who learns nothing of what came after`, async () => {
      const answer = await act(former, action, data(ids));
      expect(answer.verdict).toBe(verdicts.former);
      expect(JSON.stringify(answer)).not.toContain(afterwards);
    });

    if (c2c) {
      it('is NOT_FOUND for a c2c of others, which looks like one that does not exist', async () => {
        const answer = await act(stranger, action, c2c(ids));
        expect(answer.verdict).toBe('NOT_FOUND');
        expect(JSON.stringify(answer)).toBe(JSON.stringify(await act(stranger, action, c2c(none))));
      });
    }
  });

  describe.each(routeTable)('of the route %s', (name, { c2c, ...verdicts }) => {
    if ((routes[name] as RouteDeclaration).auth !== 'none') {
      it('is UNAUTHENTICATED to whoever shows no good token', async () => {
        for (const [kind, token] of Object.entries(badTokens)) {
          const { verdict } = await ask(name, ids, token === undefined ? undefined : { id: '', token });
          expect([kind, verdict]).toEqual([kind, 'UNAUTHENTICATED']);
        }
      });
    }

    it(`is ${verdicts.stranger} to a stranger, and what it is about looks like nothing`, async () => {
      const answer = await ask(name, ids, stranger);
      expect(answer.verdict).toBe(verdicts.stranger);
      if (verdicts.stranger !== 'open' && isAbout(name)) expect(answer).toEqual(await ask(name, none, stranger));
      expect(JSON.stringify(answer)).not.toContain(said);
    });

    it(`is ${verdicts.former} to a former member, who learns nothing of what came after`, async () => {
      const answer = await ask(name, ids, former);
      expect(answer.verdict).toBe(verdicts.former);
      expect(JSON.stringify(answer)).not.toContain(afterwards);
    });

    if (c2c) {
      it('is NOT_FOUND for a c2c of others, which looks like one that does not exist', async () => {
        const answer = await ask(name, ids, stranger, c2c);
        expect(answer.verdict).toBe('NOT_FOUND');
        expect(answer).toEqual(await ask(name, none, stranger, c2c));
      });
    }
  });

  it('lets nobody hear what they may not: no event has reached the stranger or the former member', async () => {
    for (const { client } of [stranger, former]) {
      await client.settled();
      expect(client.events.map(({ action }) => action)).toEqual(['connected']);
    }
  });
});
