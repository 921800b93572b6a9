import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type DeepPartial } from '@app/config';
import { Database } from '@app/storage';
import { eventually, holdFlushes, type Person, RawSocket, World } from '@app/testing';

describe('a gateway that stops', () => {
  let world: World;
  let again: World | undefined;
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  });
  afterEach(async () => {
    await again?.close();
    again = undefined;
    rmSync(dataDir, { recursive: true });
  });

  const start = async (overrides: DeepPartial<Config> = {}) =>
    (world = await World.start({ dataDir, shutdownGraceMs: 5_000, ...overrides }));
  const restart = async () => (again = await World.start({ dataDir }));
  const history = async (person: Person, groupId: string, afterSeq: number) => {
    const path = `/api/messages/history?convId=group:${groupId}&afterSeq=${afterSeq}&limit=200`;
    return (await again?.get<{ messages: { clientMsgId: string }[] }>(path, person))?.body.messages.map(({ clientMsgId }) => clientMsgId);
  };

  it('tells every connection when to come back, and closes it with 1012', async () => {
    await start({ drainMs: 1_000 });
    const person = await world.person('alice');
    const clients = await Promise.all(Array.from({ length: 8 }, () => world.connect(person)));
    const startedAt = performance.now();
    const closedAfter: number[] = [];
    for (const client of clients) void client.closed.then(() => closedAfter.push(performance.now() - startedAt));
    const closing = world.gateway.close();
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual(Array(8).fill({ code: 1012, reason: 'RESTART' }));
    await closing;

    const told = clients.map((client) => client.all('closing'));
    expect(told.every((events) => events.length === 1 && events[0]?.reason === 'restart')).toBe(true);
    const delays = told.map(([event]) => event?.reconnectInMs ?? -1);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(new Set(delays).size).toBeGreaterThan(4);
    // One after the other over the window, not all at once.
    expect((closedAfter.at(-1) ?? 0) - (closedAfter[0] ?? 0)).toBeGreaterThan(400);
  });

  it('serves a connection until its own close, and acks the sends that are in flight', async () => {
    await start({ drainMs: 2_000 });
    const alice = await world.person('alice');
    const client = await world.connect(alice);
    const groupId = await world.group(alice);
    await client.call('subscribe_group', { groupId });
    await client.say({ groupId }, 'before');
    const closing = world.gateway.close();
    await client.next('closing');
    await client.say({ groupId }, 'while closing');

    const release = holdFlushes(world.gateway.app.get(Database));
    const acks = Array.from({ length: 100 }, (_, i) => client.say({ groupId }, `${i}`));
    for (const ack of acks) ack.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    await release();
    expect((await Promise.all(acks)).map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => 4 + i));
    expect((await client.closed).code).toBe(1012);
    await closing;
    // What came of them as events is the beginning; the rest is fetched after the reconnect.
    const heard = client.all('message').map(({ seq }) => seq);
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, i) => 2 + i));

    await restart();
    expect(await history(alice, groupId, 0)).toHaveLength(102);
  });

  it('closes its listener first, refuses upgrades with 503 and says so at /readyz', async () => {
    await start({ drainMs: 500 });
    const alice = await world.person('alice');
    const client = await world.connect(alice);
    const ready = await world.get('/readyz');
    expect(ready).toMatchObject({ status: 200, body: { status: 'ok', details: { store: { status: 'up' }, drain: { status: 'up' } } } });
    const [upgrading, asking] = await Promise.all([RawSocket.open(world.gateway.port), RawSocket.open(world.gateway.port)]);
    // The server must have accepted both before its listener closes.
    for (const raw of [upgrading, asking]) raw.write('GET ');
    await client.settled();

    const closing = world.gateway.close();
    await client.next('closing');
    await expect(RawSocket.open(world.gateway.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    upgrading.write(RawSocket.upgrade('/ws', { Authorization: `Bearer ${alice.token}` }).slice('GET '.length));
    await upgrading.closed;
    expect([upgrading.status, upgrading.body]).toEqual([
      503,
      { code: 'UNAVAILABLE', message: expect.any(String) as string, retryAfterMs: expect.any(Number) as number },
    ]);
    expect(upgrading.received).toMatch(/^Retry-After: \d+\r$/m);
    asking.write('/readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await asking.closed;
    expect([asking.status, asking.body]).toMatchObject([503, { status: 'shutting_down', error: { drain: { status: 'down' } } }]);
    await closing;
  });

  it('answers a request on a connection that is kept for it, as the last one', async () => {
    await start({ drainMs: 1_000 });
    const client = await world.connect(await world.person('alice'));
    const [kept, unused] = await Promise.all([RawSocket.open(world.gateway.port), RawSocket.open(world.gateway.port)]);
    for (const raw of [kept, unused]) {
      raw.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await raw.until((received) => received.includes('"status":"ok"'));
      expect(raw.received).toMatch(/^Connection: keep-alive\r$/im);
      raw.received = '';
    }

    const closing = world.gateway.close();
    await client.next('closing');
    kept.write('POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    await kept.closed;
    expect([kept.status, kept.body]).toMatchObject([400, { code: 'BAD_REQUEST' }]);
    expect(kept.received).toMatch(/^Connection: close\r$/im);
    await closing;
    await unused.closed;
    expect(unused.received).toBe('');
  });

  it('keeps such a connection for the whole window and says there that it lives, also when nobody holds a WebSocket', async () => {
    await start({ drainMs: 1_000 });
    const kept = await RawSocket.open(world.gateway.port);
    kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.until((received) => received.includes('"status":"ok"'));
    kept.received = '';
    const closing = world.gateway.close();
    await eventually(
      async () => (await RawSocket.open(world.gateway.port).catch(() => undefined)) === undefined,
      () => 'a closed listener',
    );
    kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.closed;
    expect(kept.status).toBe(200);
    await closing;
  });

  it('ends within shutdownGraceMs although a client never answers the close and others only hold a connection', async () => {
    const shutdownGraceMs = 8_000;
    await start({ shutdownGraceMs, drainMs: 100 });
    const alice = await world.person('alice');
    const { port } = world.gateway;
    const [deaf, silent, half] = await Promise.all([RawSocket.open(port), RawSocket.open(port), RawSocket.open(port)]);
    deaf.write(RawSocket.upgrade('/ws', { Authorization: `Bearer ${alice.token}` }));
    half.write('GET /healthz HTTP/1.1\r\n');
    await deaf.until((received) => received.includes('"connected"'));
    const startedAt = performance.now();
    await world.gateway.close();
    expect(performance.now() - startedAt).toBeLessThan(shutdownGraceMs);
    await Promise.all([deaf.closed, silent.closed, half.closed]);
    expect(deaf.received).toContain('\x88\x09\x03\xf4');
  });

  it('closes a connection that has more in flight than is read, after the replies to what was taken up', async () => {
    await start({ maxFramesInFlight: 8 });
    const alice = await world.person('alice');
    const client = await world.connect(alice);
    const groupId = await world.group(alice);
    await client.say({ groupId }, 'first');
    for (let i = 0; i < 500; i++) void client.say({ groupId }, 'x'.repeat(20_000), `k${i}`).catch(() => undefined);
    await client.until(() => client.replies.length > 20);
    await world.gateway.close();
    expect((await client.closed).code).toBe(1012);
    // Whatever was taken up was answered, and nothing else is stored.
    const acked = client.replies.length - 1;
    expect(client.replies.map(({ action }) => action)).toEqual(Array(acked + 1).fill('ack'));
    await restart();
    expect((await history(alice, groupId, 2))?.slice(0, 5)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'].slice(0, acked));
    expect(await history(alice, groupId, 2 + acked - 1)).toEqual([`k${acked - 1}`]);
  });
});
