import { createSigner } from 'fast-jwt';
import { InProcessBus } from '@app/bus';
import { Database } from '@app/storage';
import { type ConnectOptions, type Person, RawSocket, TestClient, UpgradeRefused, World } from '@app/testing';
import { WebSocket } from 'ws';
import type { Head } from '../hub/envelope';
import { Hub } from '../hub/hub';
import { SessionsService } from '../sessions/sessions.service';
import { Admission } from './admission';

/** How an upgrade was refused; throws when it was not. */
async function refusal(attempt: Promise<unknown>): Promise<UpgradeRefused> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof UpgradeRefused) return error;
    throw error;
  }
  throw new Error('this upgrade was not refused');
}

/** Connections that the HTTP server still knows, upgraded ones included. */
const openSockets = (world: World): Promise<number> =>
  new Promise((resolve, reject) => {
    world.gateway.app.getHttpServer().getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

/** Many upgrades of one user, from as many devices, whose tokens are all found good in the same moment. */
async function allAtOnce(world: World, token: string, count: number): Promise<RawSocket[]> {
  const sessions = world.gateway.app.get(SessionsService, { strict: false });
  let now = (): void => undefined;
  const moment = new Promise<void>((resolve) => (now = resolve));
  let asked = 0;
  const authenticate = sessions.authenticate.bind(sessions);
  jest.spyOn(sessions, 'authenticate').mockImplementation(async (text) => {
    const identity = await authenticate(text);
    if (++asked === count) now();
    await moment;
    return identity;
  });
  const raws = await Promise.all(Array.from({ length: count }, () => RawSocket.open(world.gateway.port)));
  raws.forEach((raw, i) => raw.write(RawSocket.upgrade(`/ws?deviceId=d${i}`, { Authorization: `Bearer ${token}` })));
  await Promise.all(raws.map((raw) => raw.until(() => raw.status > 0)));
  jest.restoreAllMocks();
  return raws;
}

describe('an upgrade', () => {
  let world: World;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    world = await World.start({ allowedOrigins: ['https://chat.example'], maxConnectionsPerUser: 3 });
    [alice, bob] = await Promise.all([world.person('alice'), world.person('bob')]);
  });
  afterAll(() => world.close());

  /** Connects without a token of its own, and closes at once. */
  const open = async (options: ConnectOptions): Promise<TestClient> => {
    const client = await TestClient.connect(world.ws, options);
    await client.close();
    return client;
  };
  const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });
  const userOf = (client: TestClient) => client.all('connected')[0]?.userId;

  describe('with a token', () => {
    it('is accepted by subprotocol, and the server answers parley.v1', async () => {
      const client = await open({ protocols: ['parley.v1', `bearer.${alice.token}`] });
      expect(client.socket.protocol).toBe('parley.v1');
      expect(userOf(client)).toBe('alice');
    });

    it('is accepted with the subprotocols in any order', async () => {
      const client = await open({ protocols: [`bearer.${alice.token}`, 'parley.v1'] });
      expect(client.socket.protocol).toBe('parley.v1');
    });

    it('is accepted by an Authorization header or by the query, without a subprotocol', async () => {
      const byHeader = await open({ headers: bearer(alice) });
      const byQuery = await open({ path: `/ws?token=${alice.token}` });
      expect([userOf(byHeader), byHeader.socket.protocol]).toEqual(['alice', '']);
      expect([userOf(byQuery), byQuery.socket.protocol]).toEqual(['alice', '']);
    });

    it('prefers the subprotocol to the header, and the header to the query', async () => {
      const [carol, path] = [await world.person('carol'), `/ws?token=${bob.token}`];
      expect(userOf(await open({ protocols: ['parley.v1', `bearer.${alice.token}`], headers: bearer(carol), path }))).toBe('alice');
      expect(userOf(await open({ headers: bearer(carol), path }))).toBe('carol');
    });

    it('does not fall back to another token when the preferred one is bad', async () => {
      const { status } = await refusal(open({ protocols: ['parley.v1', 'bearer.nonsense'], headers: bearer(alice) }));
      expect(status).toBe(401);
    });

    it('takes the deviceId of the query, and makes one when there is none', async () => {
      const named = await open({ token: alice.token, deviceId: 'phone.1' });
      const unnamed = await open({ token: alice.token });
      expect(named.all('connected')[0]?.deviceId).toBe('phone.1');
      expect(unnamed.all('connected')[0]?.deviceId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    });
  });

  describe('is refused', () => {
    it.each([
      ['401 without a token', {}, 401, 'UNAUTHENTICATED'],
      ['401 with a token that is none', { token: 'a.b.c' }, 401, 'UNAUTHENTICATED'],
      ['401 with an empty token', { protocols: ['parley.v1'], path: '/ws?token=' }, 401, 'UNAUTHENTICATED'],
      ['404 on another path', { path: '/socket' }, 404, 'NOT_FOUND'],
      ['404 on a path below', { path: '/ws/more' }, 404, 'NOT_FOUND'],
      ['400 with a deviceId that is none', { path: '/ws?deviceId=a%20b' }, 400, 'BAD_REQUEST'],
      ['403 from a foreign origin', { headers: { origin: 'https://evil.example' } }, 403, 'FORBIDDEN'],
      ['403 from an origin that is no URL', { headers: { origin: 'null' } }, 403, 'FORBIDDEN'],
    ] as [string, ConnectOptions, number, string][])('with %s', async (_, options, status, code) => {
      const refused = await refusal(open(options));
      expect({ status: refused.status, ...refused.body }).toEqual({ status, code, message: expect.any(String) as string });
      expect(refused.headers['content-type']).toMatch(/^application\/json/);
      expect(refused.headers['retry-after']).toBeUndefined();
    });

    it('with 401 when the token has expired, or another key signed it', async () => {
      const expired = world.sign('alice', { exp: Math.floor(Date.now() / 1000) - 1 });
      const forged = createSigner({ key: 'another key that is long enough to be one', algorithm: 'HS256' })({ sub: 'alice' });
      for (const token of [expired.token, forged]) {
        expect(await refusal(open({ token }))).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      }
    });

    it('with 401 when the session was revoked', async () => {
      const dora = await world.register('dora');
      await open({ token: dora.token });
      await world.post('/api/logout', {}, dora);
      expect(await refusal(open({ token: dora.token }))).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    });

    /** The status of a refused upgrade, or the code of a close; it may come before the first frame, so the socket itself is watched. */
    function endOf(token: string): Promise<number | undefined> {
      const socket = new WebSocket(`${world.ws}/ws`, ['parley.v1', `bearer.${token}`]);
      return new Promise((resolve) => {
        socket.on('unexpected-response', (_, { statusCode }) => {
          socket.terminate();
          resolve(statusCode);
        });
        socket.on('close', resolve).on('error', () => undefined);
      });
    }

    it('by a close when the session ended after the upgrade and before anything about it could be heard', async () => {
      const elsa = await world.register('elsa');
      const hub = world.gateway.app.get(Hub);
      const attach = hub.attach.bind(hub);
      const logout = new Promise<void>((resolve) => {
        jest.spyOn(hub, 'attach').mockImplementationOnce(async (...args) => {
          await world.post('/api/logout', {}, elsa);
          resolve();
          return attach(...args);
        });
      });
      const ended = endOf(elsa.token);
      await logout;
      expect(await ended).toBe(4503);
    });

    it('with 401, or closed, when the session ends while the upgrade is decided', async () => {
      await world.register('dunja');
      for (let round = 0; round < 10; round++) {
        const { body } = await world.post<{ token: string; userId: string }>('/api/login', {
          username: 'dunja',
          password: 'a good password',
        });
        const ended = endOf(body.token);
        await world.post('/api/logout', {}, { id: body.userId, token: body.token });
        expect([401, 4503]).toContain(await ended);
      }
    });

    it('with 403 when the user is banned', async () => {
      const emil = await world.register('emil');
      await world.gateway.app.get(Database).write((tx) => tx.run('UPDATE users SET banned_at = ? WHERE id = ?', [Date.now(), emil.id]));
      expect(await refusal(open({ token: emil.token }))).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    });
  });

  it('passes from the same host and from an allowed origin', async () => {
    for (const origin of [world.http, 'https://chat.example']) await open({ token: alice.token, headers: { origin } });
  });

  describe('where there is no room', () => {
    it('is refused with 429 and Retry-After beyond maxConnectionsPerUser, except for a device that is connected', async () => {
      const fred = await world.person('fred');
      const clients = [];
      for (const deviceId of ['a', 'b', 'c']) clients.push(await world.connect(fred, { deviceId }));
      const refused = await refusal(world.connect(fred, { deviceId: 'd' }));
      expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMIT' } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);

      const again = await world.connect(fred, { deviceId: 'b' });
      expect((await clients[1]?.closed)?.code).toBe(4502);
      await again.close();
      await world.connect(fred, { deviceId: 'd' });
    });

    it('is refused beyond maxConnectionsPerUser when all come in the same moment', async () => {
      const { token } = await world.register('greta');
      const raws = await allAtOnce(world, token, 20);
      expect(raws.map(({ status }) => status).sort()).toEqual([...Array<number>(3).fill(101), ...Array<number>(17).fill(429)]);
      for (const raw of raws) raw.reset();
    });

    it('is refused with 503 and Retry-After when the gateway is full, also when all come in the same moment', async () => {
      const small = await World.start({ maxConnections: 4 });
      try {
        const harry = await small.register('harry');
        const raws = await allAtOnce(small, harry.token, 12);
        expect(raws.map(({ status }) => status).sort()).toEqual([...Array<number>(4).fill(101), ...Array<number>(8).fill(503)]);
        const refused = await refusal(small.connect(harry));
        expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
        for (const raw of raws) raw.reset();
      } finally {
        await small.close();
      }
    });

    it('is refused with 503 and Retry-After while the gateway drains', async () => {
      const admission = world.gateway.app.get(Admission, { strict: false });
      admission.draining = true;
      const refused = await refusal(open({ token: alice.token }));
      admission.draining = false;
      expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    });
  });

  it('is closed for a retry when the bus cannot bring what the user must hear', async () => {
    class DeafBus extends InProcessBus<Head> {
      override async subscribe(): Promise<void> {
        throw new Error('the bus is away');
      }
    }
    const deaf = await World.start({}, { bus: new DeafBus() });
    try {
      const { token } = await deaf.person('ivan');
      const raw = await RawSocket.open(deaf.gateway.port);
      raw.write(RawSocket.upgrade('/ws', { Authorization: `Bearer ${token}` }));
      // A close frame of the server: its head, and 1012 as its code.
      await raw.until((received) => received.includes('\x88\x09\x03\xf4'));
      raw.reset();
    } finally {
      await deaf.close();
    }
  });

  describe('that is broken', () => {
    const authorization = () => `Bearer ${alice.token}`;

    it.each([
      ['no key', () => RawSocket.upgrade('/ws', { Authorization: authorization(), 'Sec-WebSocket-Key': undefined })],
      ['a bad key', () => RawSocket.upgrade('/ws', { Authorization: authorization(), 'Sec-WebSocket-Key': 'short' })],
      ['an old version', () => RawSocket.upgrade('/ws', { Authorization: authorization(), 'Sec-WebSocket-Version': '7' })],
      ['no version', () => RawSocket.upgrade('/ws', { Authorization: authorization(), 'Sec-WebSocket-Version': undefined })],
      ['another protocol', () => RawSocket.upgrade('/ws', { Authorization: authorization(), Upgrade: 'h2c' })],
      ['a bad subprotocol', () => RawSocket.upgrade('/ws', { Authorization: authorization(), 'Sec-WebSocket-Protocol': ',,' })],
      ['another method', () => RawSocket.upgrade('/ws', { Authorization: authorization() }, 'POST')],
      ['the URL //', () => RawSocket.upgrade('//')],
      ['the URL http://[', () => RawSocket.upgrade('http://[')],
      ['the URL http://:x/', () => RawSocket.upgrade('http://:x/')],
      ['the URL /\\', () => RawSocket.upgrade('/\\')],
      ['the URL *', () => RawSocket.upgrade('*', {}, 'OPTIONS')],
      ['an escape that is none', () => RawSocket.upgrade('/ws?deviceId=%E0%A4%A&token=%')],
      ['a header of 100 KB', () => RawSocket.upgrade('/ws', { Cookie: 'x'.repeat(100_000) })],
      ['no host', () => RawSocket.upgrade('/ws', { Host: undefined, Origin: 'https://chat.example' })],
      ['a host that is none', () => RawSocket.upgrade('/ws', { Host: '[', Origin: 'https://evil.example' })],
      ['an origin that is none', () => RawSocket.upgrade('/ws', { Origin: 'https://[' })],
      ['bytes that are no HTTP', () => '\x16\x03\x01\x02\x00\r\n\r\n'],
    ])('by %s is refused, and its connection ends', async (_, request) => {
      const raw = await RawSocket.open(world.gateway.port);
      raw.write(request());
      await raw.closed;
      expect(raw.status).toBeGreaterThanOrEqual(400);
      expect(raw.status).toBeLessThan(500);
    });

    it('by a reset in the middle of it harms nobody else', async () => {
      const { token } = await world.register('jack');
      const request = RawSocket.upgrade('/ws', { Authorization: `Bearer ${token}` });
      for (let i = 0; i < 30; i++) {
        const raw = await RawSocket.open(world.gateway.port);
        raw.write(i % 3 === 0 ? request.slice(0, -2) : request);
        if (i % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
        raw.reset();
        await raw.closed;
      }
      const client = await TestClient.connect(world.ws, { token });
      await client.close();
    });

    it('leaves nothing behind, even if the refused client never closes', async () => {
      const quiet = await World.start();
      const raws = await Promise.all(Array.from({ length: 5 }, () => RawSocket.open(quiet.gateway.port, { allowHalfOpen: true })));
      for (const raw of raws) raw.write(RawSocket.upgrade('/ws'));
      await Promise.all(raws.map((raw) => raw.until((received) => received.endsWith('}'))));
      expect(raws.map(({ status, body }) => `${status} ${String(body.code)}`)).toEqual(Array(5).fill('401 UNAUTHENTICATED'));
      while ((await openSockets(quiet)) > 0) await new Promise((resolve) => setImmediate(resolve));
      await quiet.close();
    });
  });

  it('is counted by how it ended', async () => {
    const text = await world.metrics.registry.metrics();
    for (const result of ['accepted', '400', '401', '403', '404', '429', '503'])
      expect(text).toContain(`parley_connections_total{result="${result}"}`);
  });
});
