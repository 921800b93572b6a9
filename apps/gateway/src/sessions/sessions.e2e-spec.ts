import { Passwords } from '@app/auth';
import { ImError } from '@app/protocol';
import { Database } from '@app/storage';
import { type Answer, type Person, UpgradeRefused, World } from '@app/testing';
import { createSigner } from 'fast-jwt';
import { SessionsService } from './sessions.service';

const password = 'a good password';
const cookiePath = '/api/token/refresh';

interface SessionLine {
  readonly id: string;
  readonly deviceId: string | null;
  readonly expiresAt: number;
  readonly current: boolean;
}

/** The refresh cookie of an answer, and what else its header says. */
function cookieOf({ headers }: Answer<unknown>): { token: string; attributes: string[] } | undefined {
  const [line] = headers.getSetCookie();
  const [pair, ...attributes] = line?.split('; ') ?? [];
  return pair === undefined ? undefined : { token: pair.slice('parley_refresh='.length), attributes };
}

/** Queries on sessions since the spy was made. */
const sessionReads = (spy: jest.SpyInstance<unknown, Parameters<Database['rows']>>) =>
  spy.mock.calls.filter(([sql]) => sql.includes('FROM sessions')).length;

describe('sessions', () => {
  let world: World;
  let offsetMs = 0;

  beforeAll(async () => {
    world = await World.start({ auth: { loginFailuresPerMinute: 3 } }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => {
    offsetMs = 0;
    jest.restoreAllMocks();
  });
  afterAll(() => world.close());

  const login = (username: string, more: Record<string, unknown> = {}) =>
    world.post<{ token: string; userId: string; expiresAt: number }>('/api/login', { username, password, ...more });
  const me = (token: string) => world.get('/api/users/me', { id: '', token });
  const sessionsOf = async (person: Person) => (await world.get<{ sessions: SessionLine[] }>('/api/sessions', person)).body.sessions;
  const revoke = (id: string, person: Person) => world.request('DELETE', `/api/sessions/${id}`, undefined, person);
  const refreshByCookie = (token: string) =>
    world.request<{ token: string; userId: string }>('POST', cookiePath, undefined, undefined, { cookie: `parley_refresh=${token}` });
  const execute = (sql: string, values: (string | number)[]) => world.gateway.app.get(Database).write((tx) => tx.run(sql, values));

  describe('a login', () => {
    beforeAll(() => world.register('login-ada'));

    it('answers a token that lives as long as configured', async () => {
      const { status, body } = await login('login-ada');
      expect(status).toBe(200);
      expect(Object.keys(body).sort()).toEqual(['expiresAt', 'token', 'userId']);
      expect(Math.abs(body.expiresAt - Date.now() - world.config.tokenLifetimeSeconds * 1000)).toBeLessThan(5_000);
      expect((await me(body.token)).body).toMatchObject({ id: body.userId });
    });

    it('answers an unknown user and a wrong password alike, after the same work', async () => {
      const verify = jest.spyOn(world.gateway.app.get(Passwords), 'verify');
      const wrong = await login('login-ada', { password: 'a wrong password' });
      const unknown = await login('login-nobody');
      expect([wrong.status, World.codeOf(wrong)]).toEqual([401, 'UNAUTHENTICATED']);
      expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
      expect(verify.mock.calls).toEqual([
        [expect.stringContaining('$argon2id$'), 'a wrong password'],
        [null, password],
      ]);
    });

    it('of what can be no user name is that of an unknown user', async () => {
      const odd = await login('É🍣 nobody');
      expect([odd.status, World.codeOf(odd)]).toEqual([401, 'UNAUTHENTICATED']);
      expect(World.codeOf(await login('a\0b'))).toBe('BAD_REQUEST');
    });

    it('does not count against the user name when it succeeds', async () => {
      for (let i = 0; i < 8; i++) expect((await login('login-ada')).status).toBe(200);
    });

    it('does not count against the user name when this server was too busy to look at the password', async () => {
      const verify = jest.spyOn(world.gateway.app.get(Passwords), 'verify').mockRejectedValue(new ImError('UNAVAILABLE'));
      for (let i = 0; i < 4; i++) expect((await login('login-ada')).status).toBe(503);
      verify.mockRestore();
      expect((await login('login-ada')).status).toBe(200);
    });

    it('is refused for a while after too many failures with this user name, known or not, and not with others', async () => {
      await world.register('login-victim');
      for (const username of ['login-victim', 'login-ghost']) {
        for (let i = 0; i < 3; i++)
          expect((await login(i % 2 ? username : username.toUpperCase(), { password: 'wrong wrong' })).status).toBe(401);
        const refused = await login(username);
        expect(refused.status).toBe(429);
        expect(refused.body).toMatchObject({ code: 'RATE_LIMIT', retryAfterMs: expect.any(Number) as number });
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect((await login('login-ada')).status).toBe(200);
    });

    it('tells that a user is banned to nobody without the password', async () => {
      const banned = await world.register('login-banned');
      await execute('UPDATE users SET banned_at = 1 WHERE id = ?', [banned.id]);
      expect(World.codeOf(await login('login-banned'))).toBe('FORBIDDEN');
      expect(World.codeOf(await login('login-banned', { password: 'wrong wrong' }))).toBe('UNAUTHENTICATED');
    });
  });

  describe('a refresh', () => {
    it('by the bearer token gives a token of the same session', async () => {
      const person = await world.register('refresh-ada');
      offsetMs = 5_000;
      const { status, body, headers } = await world.post<{ token: string; userId: string; expiresAt: number }>(
        cookiePath,
        undefined,
        person,
      );
      expect(status).toBe(200);
      expect(headers.getSetCookie()).toEqual([]);
      expect(body.userId).toBe(person.id);
      expect(body.token).not.toBe(person.token);
      const [session, ...others] = await sessionsOf({ ...person, token: body.token });
      expect(session).toMatchObject({ current: true, expiresAt: body.expiresAt });
      expect(others).toEqual([]);
    });

    it('lets a session live on beyond its first end', async () => {
      const person = await world.register('refresh-long');
      const lifeMs = world.config.tokenLifetimeSeconds * 1000;
      offsetMs = lifeMs - 60_000;
      const { body } = await world.post<{ token: string }>(cookiePath, undefined, person);
      offsetMs = lifeMs + 60_000;
      expect((await me(body.token)).status).toBe(200);
      expect((await me(person.token)).status).toBe(401);
      offsetMs = 2 * lifeMs;
      expect((await me(body.token)).status).toBe(401);
      expect(World.codeOf(await world.post(cookiePath, undefined, { ...person, token: body.token }))).toBe('UNAUTHENTICATED');
    });

    it('by the cookie sets a new one; only a login that asks for it gets it', async () => {
      await world.register('refresh-cookie');
      expect(cookieOf(await login('refresh-cookie'))).toBeUndefined();
      const cookie = cookieOf(await login('refresh-cookie', { cookie: true }));
      expect(cookie?.attributes).toEqual(expect.arrayContaining([`Path=${cookiePath}`, 'HttpOnly', 'SameSite=Strict']));
      expect(cookie?.attributes.some((attribute) => attribute.startsWith('Expires='))).toBe(true);
      expect(cookie?.attributes.some((attribute) => attribute.startsWith('Domain='))).toBe(false);

      const refreshed = await refreshByCookie(cookie?.token ?? '');
      expect(refreshed.status).toBe(200);
      expect((await me(refreshed.body.token)).status).toBe(200);
      const again = cookieOf(refreshed);
      expect(again?.attributes).toEqual(expect.arrayContaining([`Path=${cookiePath}`, 'HttpOnly', 'SameSite=Strict']));
      expect((await refreshByCookie(again?.token ?? '')).status).toBe(200);
    });

    it('keeps the two kinds of token apart', async () => {
      const { body, ...answer } = await (async () => {
        await world.register('refresh-kinds');
        return login('refresh-kinds', { cookie: true });
      })();
      const refreshToken = cookieOf({ ...answer, body })?.token ?? '';
      expect(refreshToken).not.toBe(body.token);
      expect((await me(refreshToken)).status).toBe(401);
      expect((await world.post(cookiePath, undefined, { id: '', token: refreshToken })).status).toBe(401);
      await expect(world.connect({ id: '', token: refreshToken })).rejects.toMatchObject({ status: 401 });
      expect(World.codeOf(await refreshByCookie(body.token))).toBe('UNAUTHENTICATED');
    });

    it('needs a token or a cookie', async () => {
      const answer = await world.post(cookiePath, undefined);
      expect([answer.status, World.codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
      expect((await refreshByCookie('nonsense')).status).toBe(401);
    });

    it('is not for tokens without a session', async () => {
      const product = await world.person('refresh-product');
      expect(World.codeOf(await world.post(cookiePath, undefined, product))).toBe('UNAUTHENTICATED');
    });
  });

  describe('an end', () => {
    it('by logout closes the sockets of the session, voids its tokens and takes the cookie away', async () => {
      await world.register('end-ada');
      const answer = await login('end-ada', { cookie: true });
      const here = { id: answer.body.userId, token: answer.body.token };
      const { body } = await login('end-ada');
      const elsewhere = { id: body.userId, token: body.token };
      const [client, other] = await Promise.all([world.connect(here), world.connect(elsewhere)]);

      const out = await world.post('/api/logout', undefined, here);
      expect([out.status, out.body]).toEqual([200, {}]);
      expect(cookieOf(out)).toMatchObject({ token: '', attributes: expect.arrayContaining([`Path=${cookiePath}`]) as string[] });
      expect(await client.closed).toMatchObject({ code: 4503 });
      expect((await me(here.token)).status).toBe(401);
      expect((await refreshByCookie(cookieOf(answer)?.token ?? '')).status).toBe(401);
      await expect(world.connect(here)).rejects.toBeInstanceOf(UpgradeRefused);
      expect((await me(elsewhere.token)).status).toBe(200);
      await other.settled();
    });

    it('of another own session closes its sockets and leaves this one alone', async () => {
      const here = await world.register('end-bob', { deviceId: 'laptop' });
      const { body } = await login('end-bob', { deviceId: 'phone' });
      const phone = { id: body.userId, token: body.token };
      const client = await world.connect(phone);
      const lines = await sessionsOf(here);
      expect(lines.map(({ deviceId, current }) => [deviceId, current]).sort()).toEqual([
        ['laptop', true],
        ['phone', false],
      ]);
      const id = lines.find(({ deviceId }) => deviceId === 'phone')?.id ?? '';

      expect((await revoke(id, here)).status).toBe(200);
      expect(await client.closed).toMatchObject({ code: 4503 });
      expect((await me(phone.token)).status).toBe(401);
      expect((await sessionsOf(here)).map(({ deviceId }) => deviceId)).toEqual(['laptop']);
      expect(World.codeOf(await revoke(id, here))).toBe('NOT_FOUND');
    });

    it("of somebody else's session is NOT_FOUND, like that of none at all", async () => {
      const [ada, eve] = [await world.register('end-victim'), await world.register('end-eve')];
      const id = (await sessionsOf(ada))[0]?.id ?? '';
      const [others, none] = [await revoke(id, eve), await revoke('no-such-session', eve)];
      expect([others.status, others.body]).toEqual([none.status, none.body]);
      expect([none.status, World.codeOf(none)]).toEqual([404, 'NOT_FOUND']);
      expect((await me(ada.token)).status).toBe(200);
    });

    it('is not in the list, nor is one that has expired; the newest is first', async () => {
      const person = await world.register('end-list', { deviceId: 'first' });
      const times = [1_000, 2_000];
      for (const ms of times) {
        offsetMs = ms;
        await login('end-list', { deviceId: `after-${ms}` });
      }
      expect((await sessionsOf(person)).map(({ deviceId }) => deviceId)).toEqual(['after-2000', 'after-1000', 'first']);
      offsetMs = 60_000;
      const { body } = await login('end-list', { deviceId: 'last' });
      offsetMs = world.config.tokenLifetimeSeconds * 1000 + 30_000;
      expect((await sessionsOf({ id: '', token: body.token })).map(({ deviceId }) => deviceId)).toEqual(['last']);
    });
  });

  describe("tokens of a product's own login", () => {
    it('make their user on first sight', async () => {
      const { token } = world.sign('product-user.1');
      expect((await me(token)).body).toEqual({ id: 'product-user.1', username: null, nickname: 'product-user.1', avatarUrl: null });
    });

    it('may stand for a registered user', async () => {
      const ada = await world.register('product-ada');
      expect((await me(world.sign(ada.id).token)).body).toMatchObject({ id: ada.id, username: 'product-ada' });
    });

    it('have no session to list or to end', async () => {
      const person = await world.person('product-user.2');
      expect(await sessionsOf(person)).toEqual([]);
      expect((await world.post('/api/logout', undefined, person)).status).toBe(200);
      expect((await me(person.token)).status).toBe(200);
    });

    it('are void when they were issued before the time that the user names', async () => {
      const seconds = Math.floor(Date.now() / 1000);
      await world.gateway.app
        .get(Database)
        .write((tx) =>
          tx.run('INSERT INTO users (id, nickname, tokens_not_before, created_at) VALUES (?, ?, ?, ?)', [
            'product-old',
            'old',
            seconds * 1000,
            1,
          ]),
        );
      expect((await me(world.sign('product-old', { iat: seconds - 1 }).token)).status).toBe(401);
      expect((await me(world.sign('product-old', { iat: seconds }).token)).status).toBe(200);
    });

    it('of a banned user are FORBIDDEN, over HTTP and WebSocket', async () => {
      await world.gateway.app
        .get(Database)
        .write((tx) =>
          tx.run('INSERT INTO users (id, nickname, banned_at, created_at) VALUES (?, ?, ?, ?)', ['product-banned', 'banned', 1, 1]),
        );
      const { token } = world.sign('product-banned');
      expect(World.codeOf(await me(token))).toBe('FORBIDDEN');
      await expect(world.connect({ id: '', token })).rejects.toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    });

    it('of a session that is of another user are refused', async () => {
      const ada = await world.register('product-sid');
      const sid = (await sessionsOf(ada))[0]?.id;
      expect((await me(world.sign('product-eve', { sid }).token)).status).toBe(401);
      expect((await me(world.sign(ada.id, { sid: 'no-such-session' }).token)).status).toBe(401);
    });
  });

  describe('reads of sessions', () => {
    it('of one turn are one query, and are remembered for ten seconds', async () => {
      const people = await Promise.all(['reads-a', 'reads-b', 'reads-c'].map((name) => world.register(name)));
      const service = world.gateway.app.get(SessionsService);
      const spy = jest.spyOn(world.gateway.app.get(Database), 'rows');
      const askAll = () => Promise.all([...people, ...people].map(({ token }) => service.authenticate(token)));

      expect((await askAll()).map(({ userId }) => userId)).toEqual([...people, ...people].map(({ id }) => id));
      expect(sessionReads(spy)).toBe(1);
      await askAll();
      offsetMs = 9_000;
      await askAll();
      expect(sessionReads(spy)).toBe(1);
      offsetMs = 11_000;
      await askAll();
      expect(sessionReads(spy)).toBe(2);
    });

    it('notice within ten seconds what another gateway ended', async () => {
      const ada = await world.register('reads-ended');
      expect((await me(ada.token)).status).toBe(200);
      await execute('UPDATE sessions SET revoked_at = 1 WHERE user_id = ?', [ada.id]);
      offsetMs = 11_000;
      expect((await me(ada.token)).status).toBe(401);
    });
  });
});

describe('logins', () => {
  it('are limited per address, right or wrong', () =>
    World.during({ auth: { loginsPerAddressPerMinute: 3 } }, async (world) => {
      await world.post('/api/register', { username: 'ada', password });
      const login = (username: string) => world.post('/api/login', { username, password });
      expect((await login('ada')).status).toBe(200);
      expect((await login('nobody-1')).status).toBe(401);
      expect((await login('nobody-2')).status).toBe(401);
      const refused = await login('ada');
      expect([refused.status, World.codeOf(refused)]).toEqual([429, 'RATE_LIMIT']);
    }));

  it('get a Secure cookie behind a proxy that speaks TLS', () =>
    World.during({ trustedProxies: ['127.0.0.1'] }, async (world) => {
      await world.post('/api/register', { username: 'ada', password });
      const login = (proto: string) =>
        world.request('POST', '/api/login', { username: 'ada', password, cookie: true }, undefined, { 'x-forwarded-proto': proto });
      expect(cookieOf(await login('https'))?.attributes).toContain('Secure');
      expect(cookieOf(await login('http'))?.attributes).not.toContain('Secure');
    }));

  it('get a Secure cookie where the page came by TLS, whether or not its proxy is known', () =>
    World.during({}, async (world) => {
      await world.post('/api/register', { username: 'ada', password });
      const login = (origin: string) =>
        world.request('POST', '/api/login', { username: 'ada', password, cookie: true }, undefined, { origin });
      expect(cookieOf(await login('https://chat.example.org'))?.attributes).toContain('Secure');
      expect(cookieOf(await login('http://chat.example.org'))?.attributes).not.toContain('Secure');
    }));

  it('are renewed no more often than other requests are answered, as each is a write', () =>
    World.during({ framesPerSecond: 1, framesBurst: 10, wsSendQPS: 0.001, wsSendBurst: 1 }, async (world) => {
      const ada = await world.register('ada');
      const renewed = await Promise.all(Array.from({ length: 40 }, () => world.post('/api/token/refresh', undefined, ada)));
      const statuses = renewed.map(({ status }) => status);
      expect([...new Set(statuses)].sort()).toEqual([200, 429]);
    }));
});

describe('secrets', () => {
  const former = 'a former secret of more than 32 characters';
  const signed = (key: string) => createSigner({ key, algorithm: 'HS256' })({ sub: 'product-user' });

  it('may change without logging anybody out: previous ones still count, others do not', () =>
    World.during({ jwtPreviousSecrets: [former] }, async (world) => {
      const status = async (token: string) => (await world.get('/api/users/me', { id: '', token })).status;
      expect(await status(signed(former))).toBe(200);
      expect(await status(signed(world.config.jwtSecret))).toBe(200);
      expect(await status(signed('some other secret of more than 32 characters'))).toBe(401);
    }));

  it('sign new tokens with the present one only', () =>
    World.during({ jwtPreviousSecrets: [former] }, async (world) => {
      const ada = await world.register('ada');
      const [head, payload, signature] = ada.token.split('.');
      const resigned = (key: string) =>
        createSigner({ key, algorithm: 'HS256' })(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object);
      expect(resigned(world.config.jwtSecret)).toBe([head, payload, signature].join('.'));
    }));
});

describe('without autoProvision', () => {
  it("a product's token of an unknown user is refused, and one of a known user is not", () =>
    World.during({ auth: { autoProvision: false } }, async (world) => {
      const status = async (token: string) => (await world.get('/api/users/me', { id: '', token })).status;
      expect(await status(world.sign('nobody').token)).toBe(401);
      await expect(world.connect({ id: '', token: world.sign('nobody').token })).rejects.toMatchObject({ status: 401 });
      const ada = await world.register('ada');
      expect(await status(world.sign(ada.id).token)).toBe(200);
      expect((await world.get('/api/users/nobody', ada)).status).toBe(404);
    }));
});
