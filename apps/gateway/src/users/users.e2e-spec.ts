import type { User } from '@app/protocol';
import { type Person, World } from '@app/testing';

const password = 'a good password';

describe('users', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  describe('registering', () => {
    const register = (body: Record<string, unknown>) => world.post('/api/register', { username: 'somebody', password, ...body });

    it('answers the new id and nothing else, and folds the user name', async () => {
      const { status, body } = await register({ username: 'Ada.Lovelace' });
      expect(status).toBe(201);
      expect(Object.keys(body)).toEqual(['id']);
      const login = await world.post<{ userId: string; token: string }>('/api/login', { username: 'ADA.lovelace', password });
      expect(login.body.userId).toBe(body.id);
      const me = await world.get('/api/users/me', { id: login.body.userId, token: login.body.token });
      expect(me.body).toEqual({ id: body.id, username: 'ada.lovelace', nickname: 'ada.lovelace', avatarUrl: null });
    });

    it.each([
      ['the shortest user name', { username: 'abc' }],
      ['the longest user name', { username: 'a'.repeat(32) }],
      ['the shortest password', { username: 'pass-short', password: '8letters' }],
      ['the longest password', { username: 'pass-long', password: 'p'.repeat(128) }],
      ['a password of any letters', { username: 'pass-any', password: '密码是🍣一定要记住' }],
      ['a nickname', { username: 'nick', nickname: 'Ä'.repeat(64) }],
    ])('takes %s', async (_, body) => {
      expect((await register(body)).status).toBe(201);
      expect((await world.post('/api/login', { password, ...body })).status).toBe(200);
    });

    it.each([
      ['a user name that is too short', 'username', { username: 'ab' }],
      ['a user name that is too long', 'username', { username: 'a'.repeat(33) }],
      ['a user name with a space', 'username', { username: 'a b c' }],
      ['a user name of other letters', 'username', { username: 'ádám' }],
      ['a user name that is no text', 'username', { username: 12345 }],
      ['no user name', 'username', { username: undefined }],
      ['a password that is too short', 'password', { password: '7letter' }],
      ['a password that is too long', 'password', { password: 'p'.repeat(129) }],
      ['a password with NUL', 'password', { password: 'a good\0password' }],
      ['a password with a lone surrogate', 'password', { password: 'a good \ud800 password' }],
      ['an empty nickname', 'nickname', { nickname: '' }],
      ['a nickname that is too long', 'nickname', { nickname: 'n'.repeat(65) }],
    ])('refuses %s and names the field', async (_, path, body) => {
      const answer = await register(body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    });

    it('refuses a name that is taken, in whatever case', async () => {
      await register({ username: 'taken' });
      const answer = await register({ username: 'TAKEN' });
      expect([answer.status, World.codeOf(answer)]).toEqual([409, 'ALREADY_EXISTS']);
    });

    it('gives a name to one of two who ask at once', async () => {
      const answers = await Promise.all([register({ username: 'contested' }), register({ username: 'Contested' })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    });
  });

  describe('profiles', () => {
    let ada: Person;

    beforeAll(async () => {
      ada = await world.register('profile-ada');
    });

    const update = (body: unknown) => world.request<User>('PUT', '/api/users/me', body, ada);

    it('change in the given fields only', async () => {
      const avatarUrl = 'https://example.org/a.png';
      expect((await update({ avatarUrl })).body).toMatchObject({ nickname: 'profile-ada', avatarUrl });
      expect((await update({ nickname: 'Countess 🍣' })).body).toMatchObject({ nickname: 'Countess 🍣', avatarUrl });
      expect((await update({})).body).toMatchObject({ nickname: 'Countess 🍣', avatarUrl });
      expect((await update({ avatarUrl: null })).body).toMatchObject({ nickname: 'Countess 🍣', avatarUrl: null });
    });

    it('cannot be changed in their id or user name', async () => {
      const { body } = await update({ id: 'other', username: 'other', nickname: 'same me' });
      expect(body).toMatchObject({ id: ada.id, username: 'profile-ada', nickname: 'same me' });
    });

    it.each([
      { nickname: '' },
      { nickname: null },
      { avatarUrl: 'javascript:alert(1)' },
      { avatarUrl: 'no url' },
      { avatarUrl: `https://e.org/${'a'.repeat(500)}` },
    ])('refuse %j', async (body) => {
      expect(World.codeOf(await update(body))).toBe('BAD_REQUEST');
    });

    it('are seen by others, without anything secret', async () => {
      await update({ nickname: 'Ada' });
      const bob = await world.person('profile-bob');
      const { body } = await world.get(`/api/users/${ada.id}`, bob);
      expect(body).toEqual({ id: ada.id, username: 'profile-ada', nickname: 'Ada', avatarUrl: null });
    });

    it('of several come in one answer: in the order asked for, each once, unknown ones left out', async () => {
      const cem = await world.person('profile-cem');
      const { body } = await world.get(`/api/users?userIds=${cem.id},nobody,${ada.id},${cem.id}`, cem);
      const { body: one } = await world.get(`/api/users/${ada.id}`, cem);
      expect(body).toEqual({ users: [{ id: cem.id, username: null, nickname: cem.id, avatarUrl: null }, one] });
    });

    it('of several are refused where they are more than a list may have, or no ids', async () => {
      const ids = Array.from({ length: 201 }, (_, i) => `u${i}`);
      expect((await world.get(`/api/users?userIds=${ids.slice(1).join(',')}`, ada)).status).toBe(200);
      expect(World.codeOf(await world.get(`/api/users?userIds=${ids.join(',')}`, ada))).toBe('TOO_LARGE');
      for (const query of ['', 'userIds=', 'userIds=a,,b', 'userIds=a%20b']) {
        expect(World.codeOf(await world.get(`/api/users?${query}`, ada))).toBe('BAD_REQUEST');
      }
    });

    it('of nobody are NOT_FOUND, and of an id that is none BAD_REQUEST', async () => {
      const nobody = await world.get('/api/users/nobody', ada);
      expect([nobody.status, World.codeOf(nobody)]).toEqual([404, 'NOT_FOUND']);
      for (const id of ['%00', 'a%20b', 'a'.repeat(65), '%F0%9F%8D%A3']) {
        expect(World.codeOf(await world.get(`/api/users/${id}`, ada))).toBe('BAD_REQUEST');
      }
    });
  });

  describe('searching', () => {
    let asker: Person;
    const search = async (query: string) => {
      const answer = await world.get<{ users: User[] }>(`/api/users/search?${query}`, asker);
      return answer.status === 200 ? answer.body.users.map(({ username, id }) => username ?? id) : World.codeOf(answer);
    };

    beforeAll(async () => {
      asker = await world.person('search-asker');
      for (const username of ['find.c', 'find.a', 'find.b', 'find_x', 'finder', 'unfind'])
        await world.post('/api/register', { username, password });
      await world.person('find.product');
      await world.person('Find.case');
    });

    it('finds user names and ids by how they begin, sorted', async () => {
      expect(await search('q=find.')).toEqual(['find.product', 'find.a', 'find.b', 'find.c']);
      expect(await search('q=nobody-at-all')).toEqual([]);
    });

    it('folds the user name and not the id', async () => {
      expect(await search('q=Find.')).toEqual(['Find.case', 'find.a', 'find.b', 'find.c']);
    });

    it('knows no wildcards', async () => {
      expect(await search('q=find_')).toEqual(['find_x']);
      expect(await search('q=%25')).toEqual([]);
    });

    it('answers as many as it was asked for', async () => {
      expect(await search('q=find&limit=2')).toHaveLength(2);
    });

    it.each(['', 'q=', `q=${'a'.repeat(65)}`, 'q=a&limit=0', 'q=a&limit=201', 'q=a&limit=1e1', 'q=a&limit=', 'q=a&q=b', 'q=%00'])(
      'refuses the query "%s"',
      async (query) => {
        expect(await search(query)).toBe('BAD_REQUEST');
      },
    );
  });
});

describe('registration', () => {
  it('is NOT_ENABLED where it is closed', () =>
    World.during({ auth: { registration: false } }, async (world) => {
      const answer = await world.post('/api/register', { username: 'somebody', password });
      expect([answer.status, World.codeOf(answer)]).toEqual([501, 'NOT_ENABLED']);
    }));

  it('is limited per address, whatever address a client claims to have', () =>
    World.during({ auth: { registrationsPerAddressPerMinute: 2 } }, async (world) => {
      const register = (i: number) =>
        world.request('POST', '/api/register', { username: `person-${i}`, password }, undefined, { 'x-forwarded-for': `10.0.0.${i}` });
      expect((await register(1)).status).toBe(201);
      expect((await register(2)).status).toBe(201);
      const { status, body, headers } = await register(3);
      expect(status).toBe(429);
      expect(body).toMatchObject({ code: 'RATE_LIMIT', retryAfterMs: expect.any(Number) as number });
      expect(Number(headers.get('retry-after'))).toBe(Math.ceil((body.retryAfterMs as number) / 1000));
    }));

  it('takes the address from a trusted proxy', () =>
    World.during({ auth: { registrationsPerAddressPerMinute: 1 }, trustedProxies: ['127.0.0.1'] }, async (world) => {
      const register = (i: number, address: string) =>
        world.request('POST', '/api/register', { username: `person-${i}`, password }, undefined, { 'x-forwarded-for': address });
      expect((await register(1, '10.0.0.1')).status).toBe(201);
      expect((await register(2, '10.0.0.2')).status).toBe(201);
      expect((await register(3, '10.0.0.1')).status).toBe(429);
      // What stands before the address that the proxy itself saw was written by the client.
      expect((await register(4, '10.0.0.9, 10.0.0.1')).status).toBe(429);
    }));
});
