import {
  type Access,
  type ActionName,
  type ErrorCode,
  type Outsider,
  type RouteDeclaration,
  type RouteName,
  accessRules,
  actions,
  c2cConversation,
  errors,
  groupConversation,
  routes,
} from '@app/protocol';
import { type ConnectOptions, type Known, type Person, Refused, type TestClient, World, codeOf, fieldsOf, sampleOf } from '@app/testing';
import { Database } from '@app/storage';
import { createSigner } from 'fast-jwt';
import type { z } from 'zod';

/** Who asks, beside those without a good token, and what they are to the group, the c2c and the session that it is about. */
const callers = {
  'other user': 'stranger',
  'removed member': 'former',
  'member who left': 'former',
  'muted member': 'muted',
  member: 'member',
  owner: undefined,
} as const satisfies Readonly<Record<string, Outsider | undefined>>;
type CallerName = keyof typeof callers;

/** Tokens that open nothing. */
const badTokens = [
  'no token',
  'expired token',
  'token of another secret',
  'unsigned token',
  'token of an ended session',
  'refresh token',
  'nonsense',
] as const;
type BadToken = (typeof badTokens)[number];

/** Where an upgrade may carry its token. */
const carriers: Readonly<Record<string, (token: string) => ConnectOptions>> = {
  subprotocol: (token) => ({ protocols: ['parley.v1', `bearer.${token}`] }),
  header: (token) => ({ protocols: [], headers: { authorization: `Bearer ${token}` } }),
  query: (token) => ({ protocols: [], path: `/ws?token=${encodeURIComponent(token)}` }),
};

/** What is asked about: ids of things that are there, or of none. */
interface Ids {
  readonly groupId: string;
  /** The c2c of the owner and a member. */
  readonly c2c: string;
  /** A session of the owner. */
  readonly sessionId: string;
  /** The owner, or a member for the owner. */
  readonly userId: string;
  /** A request for friendship that the owner got. */
  readonly requestId: string;
  /** A friend of the owner, and somebody whom the owner blocks. */
  readonly friendId: string;
  /** An invitation that the owner got, and somebody who has asked to join the group. */
  readonly invitationId: string;
  readonly askerId: string;
  readonly blockedId: string;
  /** A file of the owner that a message in the group carries. */
  readonly fileId: string;
  /** A favorite of the owner. */
  readonly favoriteId: string;
  /** The owner's, with the password that `valuesOf` tells. */
  readonly username: string;
}

/** Which conversation a request names, where it can name one. */
type Subject = 'group' | 'c2c';

/** How a request ended: `served`, or the code that refused it. */
interface Ending {
  readonly verdict: 'served' | ErrorCode;
  readonly told: unknown;
}

/** Something that can be asked for: an action, or a route. */
interface Asked {
  /** The name of an action, or the method and path of a route. */
  readonly name: string;
  readonly isRoute: boolean;
  readonly access: Access;
  readonly subjects: readonly Subject[];
  /** Whether the answer is about something that the request names, and not about the caller. */
  readonly names: boolean;
  readonly ask: (caller: Asker, ids: Ids, subject: Subject) => Promise<Ending>;
}

interface Asker {
  readonly person: Person;
  readonly client: TestClient;
}

const said = 'what only members may read';
const afterwards = 'what was said after they were gone';
const saidSeq = { group: 3, c2c: 1 } as const;
const none: Ids = {
  groupId: 'no-such-group',
  c2c: 'c2c:no-one:no-other',
  userId: 'no-one',
  sessionId: 'no-such-session',
  requestId: 'no-such-request',
  friendId: 'no-such-friend',
  invitationId: 'no-such-invitation',
  askerId: 'no-one-asking',
  blockedId: 'no-one-blocked',
  fileId: 'nosuchfile',
  favoriteId: 'no-such-favorite',
  username: 'no-one',
};

/** What the fields of requests mean, by name. A new field that no schema can fill gets its value here. */
const valuesOf = (ids: Ids, subject: Subject): Known => ({
  ...(subject === 'group' ? { groupId: ids.groupId } : {}),
  convId: subject === 'group' ? groupConversation(ids.groupId).convId : ids.c2c,
  userId: ids.userId,
  friendId: ids.userId,
  userIds: [ids.userId],
  askerId: ids.askerId,
  role: 'admin',
  name: 'another name',
  username: ids.username,
  seq: saidSeq[subject],
  type: 'text',
  payload: { text: 'hello' },
  keyword: said,
  clientMsgId: 'm',
  password: 'a good password',
  size: 1,
  mimeType: 'text/plain',
  fileId: ids.fileId,
  timestamp: Date.now(),
  expires: Date.now(),
  signature: 'a'.repeat(64),
});

/** What `:id` is of, by the word before it in the path. */
const idOf: Readonly<Record<string, (ids: Ids) => string>> = {
  groups: ({ groupId }) => groupId,
  users: ({ userId }) => userId,
  sessions: ({ sessionId }) => sessionId,
  friends: ({ friendId }) => friendId,
  requests: ({ requestId }) => requestId,
  invitations: ({ invitationId }) => invitationId,
  blocks: ({ blockedId }) => blockedId,
  files: ({ fileId }) => fileId,
  favorites: ({ favoriteId }) => favoriteId,
};

/** A form with a file and these fields. */
function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt');
  return form;
}

/** The fields that name a conversation: the group by its own name where there is one, a c2c of others only by `convId`. */
const namesOf = (fields: readonly string[], subject: Subject): string[] =>
  fields.filter((field) => field === (subject === 'group' && fields.includes('groupId') ? 'groupId' : 'convId'));

/** What a request may be about: the group, and a c2c where it can name one; some take nothing but a c2c. */
function subjectsOf(schemas: readonly (z.ZodType | undefined)[]): Subject[] {
  const naming = schemas.find((schema) => fieldsOf(schema).includes('convId'));
  if (!naming) return ['group'];
  return (['group', 'c2c'] as const).filter((subject) => {
    try {
      return sampleOf(naming, valuesOf(none, subject), namesOf(fieldsOf(naming), subject));
    } catch {
      return false;
    }
  });
}

describe('authorisation', () => {
  let world: World;
  let tokens: Readonly<Record<BadToken, string | undefined>>;

  beforeAll(async () => {
    const many = 1_000_000;
    world = await World.start({ auth: { registrationsPerAddressPerMinute: many, loginsPerAddressPerMinute: many } });
    tokens = await makeBadTokens(world);
  });
  afterAll(() => world.close());

  const actionAsked = (name: ActionName): Asked => {
    const { access, input } = actions[name];
    const fields = fieldsOf(input);
    return {
      name,
      isRoute: false,
      access,
      subjects: subjectsOf([input]),
      names: fields.includes('groupId') || fields.includes('convId'),
      ask: async ({ client }, ids, subject) => {
        try {
          const data = sampleOf(input, valuesOf(ids, subject), namesOf(fields, subject)) as Record<string, unknown>;
          return { verdict: 'served', told: await client.call(name, data) };
        } catch (error) {
          if (error instanceof Refused) return { verdict: error.code as ErrorCode, told: error.body };
          throw error;
        }
      },
    };
  };

  const routeAsked = (name: RouteName): Asked => {
    const { method, path, access, params, query, body, form }: RouteDeclaration = routes[name];
    const fields = [...fieldsOf(query), ...fieldsOf(body), ...fieldsOf(form)];
    return {
      name: `${method} ${path}`,
      isRoute: true,
      access,
      subjects: subjectsOf([params, query, body, form]),
      names: path.includes(':') || fields.includes('convId'),
      ask: async ({ person }, ids, subject) => {
        const values = valuesOf(ids, subject);
        const filled = path.replace(/(\w+)\/:id|:(\w+)/g, (_, owner: string | undefined, param: string) =>
          owner === undefined ? String(values[param]) : `${owner}/${idOf[owner]?.(ids) ?? 'x'}`,
        );
        const search = query && new URLSearchParams(sampleOf(query, values, namesOf(fields, subject)) as Record<string, string>);
        const data = form
          ? formOf(sampleOf(form, values, namesOf(fields, subject)) as Record<string, string>)
          : body && sampleOf(body, values, namesOf(fields, subject));
        const answer = await world.request(method, search ? `${filled}?${search.toString()}` : filled, data, person);
        if (answer.status < 300) return { verdict: 'served', told: answer.body };
        const code = World.codeOf(answer) as ErrorCode;
        expect(answer.status).toBe(errors[code].status);
        const headers = [...answer.headers].filter(([header]) => !['date', 'content-length'].includes(header));
        return { verdict: code, told: { body: answer.body, headers } };
      },
    };
  };

  const everything = [...(Object.keys(actions) as ActionName[]).map(actionAsked), ...(Object.keys(routes) as RouteName[]).map(routeAsked)];

  it('knows what every :id in a path is of', () => {
    const collections = Object.values(routes).flatMap(({ path }) => [...path.matchAll(/(\w+)\/:id/g)].map(([, owner = '']) => owner));
    expect(Object.keys(idOf)).toEqual(expect.arrayContaining(collections));
  });

  const upgrades = badTokens.flatMap((token) => Object.keys(carriers).map((carrier) => ({ token, carrier })));
  it.each(upgrades)('any action · $token in the $carrier · UNAUTHENTICATED, before a frame is read', async ({ token, carrier }) => {
    const options = carriers[carrier]?.(tokens[token] ?? '');
    expect(await codeOf(world.connect({ id: '', token: '' }, options))).toBe('UNAUTHENTICATED');
  });

  describe.each(everything)('$access', ({ name, isRoute, access, subjects, names, ask }) => {
    const { auth, refuses } = accessRules[access];
    let askers: Record<CallerName, Asker>;
    let ids: Ids;

    beforeAll(async () => {
      ({ askers, ids } = await scene(
        world,
        everything.findIndex((asked) => asked.name === name),
      ));
    });

    const idsFor = (caller: CallerName): Ids => (caller === 'owner' ? { ...ids, userId: askers.member.person.id } : ids);
    const withToken = (token: BadToken): Promise<Ending> => {
      const text = tokens[token];
      return ask({ person: text === undefined ? undefined : { id: '', token: text } } as Asker, ids, subjects[0] ?? 'group');
    };

    if (auth === 'none') {
      it(`${name} · any token · the answer that nobody's gets`, async () => {
        const { verdict } = await withToken('no token');
        for (const token of badTokens) expect(await withToken(token)).toMatchObject({ verdict });
      });
      return;
    }

    if (isRoute) {
      const verdict = refuses.unauthenticated;
      it.each(badTokens)(`${name} · %s · ${verdict}`, async (token) => {
        expect(await withToken(token)).toMatchObject({ verdict });
      });
    }

    // The owner comes last: what is theirs alone may end with the request.
    const rows = (Object.entries(callers) as [CallerName, Outsider | undefined][])
      .filter(([, outsider]) => subjects.includes('group') && (outsider !== undefined || refuses.member !== undefined))
      .map(([caller, outsider]) => ({ caller, verdict: (outsider && refuses[outsider]) ?? ('served' as const), outsider }));

    for (const { caller, verdict, outsider } of rows) {
      it(`${name} · ${caller} · ${verdict}`, async () => {
        const asker = askers[caller];
        const ending = await ask(asker, idsFor(caller), 'group');
        expect(ending).toMatchObject({ verdict });
        if (outsider === 'stranger' || (verdict !== 'served' && outsider !== undefined)) expect(JSON.stringify(ending)).not.toContain(said);
        if (outsider === 'stranger' || outsider === 'former') expect(JSON.stringify(ending)).not.toContain(afterwards);
        if (outsider === 'stranger' && verdict !== 'served' && names) {
          // Nothing tells a thing that is not for them from one that is not there.
          const other = await ask(asker, none, 'group');
          expect(JSON.stringify(ending)).toBe(JSON.stringify(other));
        }
      });
    }

    if (subjects.includes('c2c')) {
      it(`${name} · other user, about the c2c of two · NOT_FOUND`, async () => {
        const ending = await ask(askers['other user'], ids, 'c2c');
        expect(ending).toMatchObject({ verdict: 'NOT_FOUND' });
        expect(ending).toEqual(await ask(askers['other user'], none, 'c2c'));
      });

      it(`${name} · one of the two, about their c2c · ${refuses.member ?? 'served'}`, async () => {
        const ending = await ask(askers.member, ids, 'c2c');
        expect(ending).toMatchObject({ verdict: refuses.member ?? 'served' });
      });
    }

    // Who may ask for anything hears of what they did themselves.
    if (refuses.stranger === undefined) return;

    it(`${name} · other user, removed member, member who left · hear nothing`, async () => {
      for (const caller of ['other user', 'removed member', 'member who left'] as const) {
        const { client } = askers[caller];
        await client.settled();
        expect(client.events.map(({ action }) => action)).toEqual(['connected']);
      }
    });
  });
});

async function makeBadTokens(world: World): Promise<Record<BadToken, string | undefined>> {
  const [bob, leaver] = [await world.person('bob'), await world.register('leaver')];
  await world.post('/api/logout', undefined, leaver);
  const credentials = { username: 'leaver', password: 'a good password', cookie: true };
  const { headers } = await world.post('/api/login', credentials);
  const refresh = /parley_refresh=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1];
  if (refresh === undefined) throw new Error('the login set no refresh cookie');
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  const anotherSecret = 'another secret of at least 32 characters';
  return {
    'no token': undefined,
    'expired token': world.sign(bob.id, { iat: hourAgo, exp: hourAgo + 60 }).token,
    'token of another secret': createSigner({ key: anotherSecret, algorithm: 'HS256' })({ sub: bob.id }),
    'unsigned token': createSigner({ algorithm: 'none' })({ sub: bob.id }),
    'token of an ended session': leaver.token,
    'refresh token': refresh,
    nonsense: 'nonsense',
  };
}

/** A group by invitation with everybody who may ask about it, and a c2c of two of them, in which something was said. */
async function scene(world: World, number: number): Promise<{ askers: Record<CallerName, Asker>; ids: Ids }> {
  const person = (name: string): Promise<Person> => world.person(`${name}-${number}`);
  const username = `ada-${number}`;
  const owner = await world.register(username);
  const [member, muted, removed, left, other] = [
    await person('bob'),
    await person('max'),
    await person('rex'),
    await person('leo'),
    await person('eve'),
  ];
  const groupId = await world.group(owner, [member, muted, removed, left], { joinPolicy: 'approval' });
  const waiting = await person('ida');
  await world.post(`/api/groups/${groupId}/join`, undefined, waiting);
  await world.request('PUT', `/api/groups/${groupId}`, { joinPolicy: 'invite' }, owner);
  const elsewhere = await world.group(waiting, [], { joinPolicy: 'invite' });
  await world.post(`/api/groups/${elsewhere}/invitations`, { userIds: [owner.id] }, waiting);
  const { invitations } = (await world.get<{ invitations: { id: string }[] }>('/api/groups/invitations', owner)).body;
  const ada = await world.connect(owner);
  expect(await ada.say({ groupId }, said)).toMatchObject({ seq: saidSeq.group });
  expect(await ada.say({ to: member.id }, said)).toMatchObject({ seq: saidSeq.c2c });
  const fileId = await sharedFile(world, owner, groupId);
  const members = `/api/groups/${groupId}/members`;
  await world.request('PUT', `${members}/${muted.id}`, { mutedUntil: Date.now() + 3_600_000 }, owner);
  await world.request('DELETE', `${members}/${removed.id}`, undefined, owner);
  await world.post(`/api/groups/${groupId}/leave`, undefined, left);
  await ada.say({ groupId }, afterwards);
  const [friend, asker, blocked] = [await person('fay'), await person('gus'), await person('hal')];
  const ask = async (from: Person) => (await world.post<{ id: string }>('/api/friends', { friendId: owner.id }, from)).body.id;
  await world.post(`/api/friends/requests/${await ask(friend)}/accept`, undefined, owner);
  const requestId = await ask(asker);
  await world.post('/api/blocks', { userId: blocked.id }, owner);
  const { body: favorite } = await world.post<{ id: string }>('/api/favorites/custom', { payload: { text: said } }, owner);
  const { body } = await world.get<{ sessions: { id: string }[] }>('/api/sessions', owner);
  const joined = async (someone: Person): Promise<Asker> => ({ person: someone, client: await world.connect(someone) });
  return {
    askers: {
      'other user': await joined(other),
      'removed member': await joined(removed),
      'member who left': await joined(left),
      'muted member': await joined(muted),
      member: await joined(member),
      owner: { person: owner, client: ada },
    },
    ids: {
      groupId,
      c2c: c2cConversation(owner.id, member.id).convId,
      sessionId: body.sessions[0]?.id ?? '',
      userId: owner.id,
      requestId,
      friendId: friend.id,
      invitationId: invitations[0]?.id ?? '',
      askerId: waiting.id,
      blockedId: blocked.id,
      fileId,
      favoriteId: favorite.id,
      username,
    },
  };
}

/** A ready file of somebody, carried by what they said in a group. */
async function sharedFile(world: World, owner: Person, groupId: string): Promise<string> {
  const { fileId } = (await world.post<{ fileId: string }>('/api/files/upload', formOf({}), owner)).body;
  await world.gateway.app
    .get(Database)
    .write((tx) =>
      tx.run('INSERT INTO file_uses (conversation_id, seq, file_id) SELECT id, ?, ? FROM conversations WHERE conv_id = ?', [
        saidSeq.group,
        fileId,
        groupConversation(groupId).convId,
      ]),
    );
  return fileId;
}
