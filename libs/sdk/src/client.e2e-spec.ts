import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type DeepPartial } from '@app/config';
import { CuttingProxy, type Person, Told, World } from '@app/testing';
import { type AllEvents, ParleyClient, type ParleyOptions } from './client';
import type { ConnectionChange } from './connection';
import { type ParleyError } from './errors';
import { c2cConvId } from './ids';
import type { Timeline, TimelineEnd, TimelineReset } from './timeline';
import type { Entry } from './wire';

const reconnect = { baseMs: 20, capMs: 100 };
const text = (words: string) => ({ type: 'text' as const, payload: { text: words } });
const seqs = (told: Told<Entry>) => told.all.map(({ seq }) => seq);
const words = (told: Told<Entry>) => told.all.flatMap((entry) => (entry.kind === 'message' ? [entry.payload?.['text']] : []));
const codeOf = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'none',
    (error: ParleyError) => error.code,
  );

describe('a client', () => {
  const undo: (() => Promise<void> | void)[] = [];
  let dataDir: string;
  let world: World;
  let running: World | undefined;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
    undo.push(() => rmSync(dataDir, { recursive: true, force: true }));
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const start = async (overrides: DeepPartial<Config> = {}, parts: Parameters<typeof World.start>[1] = {}) => {
    const one = (world = await World.start({ dataDir, ...overrides }, parts));
    running = one;
    undo.push(async () => {
      if (running === one) await stop();
    });
  };
  const stop = async () => {
    running = undefined;
    await world.close();
  };
  const proxy = async () => {
    const one = await CuttingProxy.open(world.gateway.port);
    undo.push(() => one.close());
    return one;
  };
  const open = (options: ParleyOptions) => {
    const client = new ParleyClient({ reconnect, ...options });
    undo.push(() => client.close());
    return client;
  };
  const told = <E extends keyof AllEvents>(client: ParleyClient, event: E) => new Told<AllEvents[E]>((hear) => client.on(event, hear));
  const states = (changes: Told<ConnectionChange>) => changes.all.map(({ state }) => state);
  const until = (changes: Told<ConnectionChange>, state: string, times = 1) =>
    changes.until((all) => all.filter((change) => change.state === state).length >= times, `${state}, ${times} times`);
  const entriesOf = (timeline: Timeline) => new Told<Entry>((hear) => timeline.on('entry', hear));

  it('connects, calls, sends and hears', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const [a, b] = [open({ url: world.http, token: alice.token }), open({ url: `${world.ws}/ws`, token: () => bob.token })];
    const changes = told(a, 'connection');
    const timelines = told(b, 'timeline');
    const heard: Told<Entry>[] = [];
    b.on('timeline', (timeline) => heard.push(entriesOf(timeline)));
    await until(told(b, 'connection'), 'online');
    const ack = await a.send({ to: bob.id, ...text('hello') });
    await a.send({ to: bob.id, ...text('bob') });
    await timelines.first();
    await heard[0]?.until((all) => all.length === 2);
    expect(heard.map(words)).toEqual([['hello', 'bob']]);
    expect(ack).toMatchObject({ convId: c2cConvId(alice.id, bob.id), seq: 1 });
    expect((await a.call('history', { to: bob.id })).messages).toHaveLength(2);
    expect(await codeOf(a.call('read', { groupId: 'nowhere', seq: 1 }))).toBe('NOT_FOUND');
    await expect(a.call('read', { seq: 0 })).rejects.toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'seq' }, { path: 'convId' }] });
    expect(states(changes)).toEqual(['online']);
    expect(a.session).toMatchObject({ userId: 'alice', deviceId: a.deviceId });
  });

  it('tells once that there are no conversations, so that nobody waits for a list', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const bad = await proxy();
    const client = open({ url: bad.ws, token: bob.token });
    const [lists, changes] = [told(client, 'conversations'), told(client, 'connection')];
    expect(await lists.first()).toEqual([]);
    bad.cut();
    await until(changes, 'online', 2);
    await client.call('sync', {});
    bad.away = true;
    bad.cut();
    await (await world.connect(alice)).say({ to: bob.id }, 'one');
    bad.away = false;
    await lists.until((all) => all.length === 2);
    expect(lists.all.map((lines) => lines.map(({ convId }) => convId))).toEqual([[], ['c2c:alice:bob']]);
  });

  it('keeps messages while there is no server, and refuses more than may wait', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const bad = await proxy();
    bad.away = true;
    const client = open({ url: bad.ws, token: alice.token, maxPending: 3 });
    const acks = [1, 2, 3].map((i) => client.send({ to: bob.id, ...text(`${i}`), clientMsgId: `m${i}` }));
    expect(await codeOf(client.send({ to: bob.id, ...text('4') }))).toBe('QUEUE_FULL');
    expect(client.pending).toEqual([1, 2, 3].map((i) => ({ to: 'bob', ...text(`${i}`), clientMsgId: `m${i}` })));
    const call = client.call('ping', {});
    bad.away = false;
    expect((await Promise.all(acks)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await call).toHaveProperty('serverTime');
    expect(client.pending).toEqual([]);
  });

  it('gives everything back when it is closed', async () => {
    await start();
    const alice = await world.person('alice');
    const bad = await proxy();
    bad.away = true;
    const client = open({ url: bad.ws, token: alice.token });
    const ended = new Told<TimelineEnd>((hear) => client.timeline({ groupId: 'g' }).on('end', hear));
    const waiting = [codeOf(client.send({ to: 'bob', ...text('hi') })), codeOf(client.call('ping', {}))];
    client.close();
    expect(await Promise.all(waiting)).toEqual(['CLOSED', 'CLOSED']);
    expect(ended.all).toEqual([{ code: 'CLOSED' }]);
    expect([client.status, await codeOf(client.send({ to: 'bob', ...text('hi') })), await codeOf(client.call('ping', {}))]).toEqual([
      'closed',
      'CLOSED',
      'CLOSED',
    ]);
  });

  it('does not send what is larger than a frame may be', async () => {
    await start({ maxFrameBytes: 4_096, maxPayloadBytes: 4_000 });
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const client = open({ url: world.ws, token: alice.token });
    const changes = told(client, 'connection');
    const codes = [
      codeOf(client.send({ to: bob.id, ...text('é'.repeat(2_100)) })),
      codeOf(client.call('presence' as 'ping', { x: 'y'.repeat(5_000) } as never)),
    ];
    expect(await Promise.all(codes)).toEqual(['TOO_LARGE', 'TOO_LARGE']);
    expect((await client.send({ to: bob.id, ...text('é'.repeat(1_800)) })).seq).toBe(1);
    expect(states(changes)).toEqual(['online']);
  });

  it('comes back to a gateway that was restarted, with what was not acked, and misses nothing', async () => {
    await start({ shutdownGraceMs: 500 });
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const groupId = await world.group(alice, [bob]);
    const bad = await proxy();
    const [a, b] = [open({ url: bad.ws, token: alice.token }), open({ url: bad.ws, token: bob.token })];
    const heard = entriesOf(b.timeline({ groupId }, { fromSeq: 0 }));
    await heard.until((all) => all.length === 1);
    for (let round = 0; round < 3; round++) {
      const acks = Array.from({ length: 50 }, (_, i) => a.send({ groupId, ...text(`${round * 50 + i}`) }));
      await acks[10];
      // As a crash does: nothing is said to anybody.
      bad.away = true;
      bad.cut();
      await stop();
      await start({ shutdownGraceMs: 500 });
      bad.target = world.gateway.port;
      bad.away = false;
      await Promise.all(acks);
    }
    await heard.until((all) => all.length >= 151);
    expect(seqs(heard)).toEqual(Array.from({ length: 151 }, (_, i) => i + 1));
    expect(words(heard)).toEqual(Array.from({ length: 150 }, (_, i) => `${i}`));
  }, 60_000);

  it('uses a connection that is closing until its close, and comes back when it was told to', async () => {
    await start({ drainMs: 2_000, shutdownGraceMs: 5_000 });
    const alice = await world.person('alice');
    const groupId = await world.group(alice);
    const bad = await proxy();
    const client = open({ url: bad.ws, token: alice.token });
    const [changes, closing] = [told(client, 'connection'), told(client, 'closing')];
    await until(changes, 'online');
    const stopped = stop();
    const { reconnectInMs } = await closing.first();
    const toldAt = Date.now();
    expect((await client.send({ groupId, ...text('while closing') })).seq).toBe(2);
    expect(states(changes)).toEqual(['online']);
    await until(changes, 'waiting');
    const waited = Date.now() - toldAt;
    const { retryInMs = -1, closeCode } = changes.last ?? {};
    expect(closeCode).toBe(1012);
    // What is left of the delay, counted from when it was told.
    expect(Math.abs(retryInMs - Math.max(0, reconnectInMs - waited))).toBeLessThan(50);
    await stopped;
    await start();
    bad.target = world.gateway.port;
    await until(changes, 'online', 2);
  });

  it('forgets positions when the store is another one, tells so, and still sends what was not acked', async () => {
    await start();
    const alice = await world.person('alice');
    const groupId = await world.group(alice);
    const bad = await proxy();
    const client = open({ url: bad.ws, token: () => world.sign('alice').token });
    const timeline = client.timeline({ groupId }, { fromSeq: 0 });
    const [heard, resets] = [entriesOf(timeline), told(client, 'reset')];
    const restarted = new Told<TimelineReset>((hear) => timeline.on('reset', hear));
    const ended = new Told<TimelineEnd>((hear) => timeline.on('end', hear));
    await client.send({ groupId, ...text('before') });
    await heard.until((all) => all.length === 2);
    const { epoch } = client.session ?? {};
    const state = client.state();
    expect(state).toMatchObject({ epoch, userId: 'alice', positions: { [`group:${groupId}`]: 2 } });

    bad.away = true;
    bad.cut();
    await stop();
    rmSync(dataDir, { recursive: true, force: true });
    await start({ jwtSecret: world.config.jwtSecret });
    await world.person('alice');
    const bob = await world.person('bob');
    const ack = client.send({ to: bob.id, ...text('after') });
    bad.target = world.gateway.port;
    bad.away = false;
    expect(await ack).toMatchObject({ seq: 1 });
    expect(resets.all).toEqual([{ epoch: client.session?.epoch }]);
    expect(resets.last?.epoch).not.toBe(epoch);
    expect(restarted.all).toEqual([{ reason: 'epoch' }]);
    // The group is not in the new store.
    expect(await ended.first()).toEqual({ code: 'NOT_FOUND' });

    const later = open({ url: world.ws, token: () => world.sign('alice').token, ...(state ? { state } : {}) });
    await told(later, 'reset').first();
  }, 60_000);

  it('asks for a new token when the old one has expired, and goes on', async () => {
    let offsetMs = 0;
    await start({}, { clock: { now: () => Date.now() + offsetMs } });
    await world.person('alice');
    const seconds = () => Math.floor((Date.now() + offsetMs) / 1000);
    const asked: boolean[] = [];
    const token = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return world.sign('alice', { exp: seconds() + 3_600 }).token;
    };
    const client = open({ url: world.ws, token });
    const changes = told(client, 'connection');
    await until(changes, 'online');
    const fixed = open({ url: world.ws, token: world.sign('alice', { exp: seconds() + 3_600 }).token });
    const ends = told(fixed, 'connection');
    await until(ends, 'online');
    offsetMs = 3_700_000;
    await until(changes, 'online', 2);
    await until(ends, 'closed');
    expect(asked).toEqual([false, true]);
    expect(changes.all.find(({ state }) => state === 'waiting')).toMatchObject({ closeCode: 4501, reason: 'TOKEN_EXPIRED' });
    expect(ends.last).toMatchObject({ state: 'closed', closeCode: 4501 });
    expect(await codeOf(fixed.call('ping', {}))).toBe('CLOSED');
  });

  it('does not come back when another connection of its device has taken its place', async () => {
    await start();
    const alice = await world.person('alice');
    const first = open({ url: world.ws, token: () => alice.token, deviceId: 'phone' });
    const changes = told(first, 'connection');
    await until(changes, 'online');
    const second = open({ url: world.ws, token: alice.token, deviceId: 'phone' });
    await until(changes, 'closed');
    expect(changes.last).toMatchObject({ closeCode: 4502 });
    expect(await second.call('ping', {})).toHaveProperty('serverTime');
  });

  it('sends no faster than the server allows, so that hardly anything is refused', async () => {
    await start({ wsSendQPS: 50, wsSendBurst: 20 });
    const alice = await world.person('alice');
    const groupId = await world.group(alice);
    const client = open({ url: world.ws, token: alice.token });
    const heard = entriesOf(client.timeline({ groupId }, { fromSeq: 0 }));
    await Promise.all(Array.from({ length: 120 }, (_, i) => client.send({ groupId, ...text(`${i}`) })));
    await heard.until((all) => all.length === 121);
    expect(words(heard)).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`));
    const limited = (await world.metrics.registry.getSingleMetric('parley_rate_limited_total')?.get())?.values ?? [];
    expect(limited.reduce((sum, { value }) => sum + value, 0)).toBeLessThanOrEqual(3);
  }, 60_000);

  it('waits and sends again what was refused as too fast, and each is stored once', async () => {
    await start({ wsSendQPS: 10, wsSendBurst: 2 });
    const alice = await world.person('alice');
    const groupId = await world.group(alice);
    // Five devices share what four may send.
    const devices = Array.from({ length: 5 }, (_, i) => open({ url: world.ws, token: alice.token, deviceId: `d${i}` }));
    const heard = entriesOf((devices[0] as ParleyClient).timeline({ groupId }, { fromSeq: 0 }));
    const acks = devices.flatMap((client, d) => Array.from({ length: 6 }, (_, i) => client.send({ groupId, ...text(`${d} ${i}`) })));
    await Promise.all(acks);
    await heard.until((all) => all.length === 31);
    expect(words(heard).sort()).toEqual(devices.flatMap((_, d) => Array.from({ length: 6 }, (_, i) => `${d} ${i}`)));
  }, 60_000);

  it('is told how long a group in slow mode lets it wait, and goes on elsewhere meanwhile', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const groupId = await world.group(alice, [bob]);
    await world.request('PUT', `/api/groups/${groupId}`, { minSecondsBetweenMessages: 3600 }, alice);
    const client = open({ url: world.ws, token: bob.token });
    const sends = [
      client.send({ groupId, ...text('1') }),
      client.send({ groupId, ...text('2') }),
      client.send({ to: alice.id, ...text('hi') }),
    ];
    const [first, second, elsewhere] = await Promise.allSettled(sends);
    expect([first?.status, elsewhere?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({ reason: { code: 'RATE_LIMIT', convId: `group:${groupId}` } });
    expect((second as PromiseRejectedResult).reason).toHaveProperty('retryAfterMs', expect.any(Number));
  });

  it('hears of a c2c that began while it was away, from its first message on', async () => {
    await start();
    const [alice, bob, carol] = [await world.person('alice'), await world.person('bob'), await world.person('carol')];
    const writer = await world.connect(carol);
    await writer.say({ to: bob.id }, 'long ago');
    const bad = await proxy();
    const client = open({ url: bad.ws, token: bob.token });
    const [lines, changes] = [told(client, 'conversations'), told(client, 'connection')];
    const heard: { convId: string; entries: Told<Entry> }[] = [];
    const timelines = told(client, 'timeline');
    client.on('timeline', (timeline) => heard.push({ convId: timeline.convId, entries: entriesOf(timeline) }));
    await lines.first();
    bad.away = true;
    bad.cut();
    await until(changes, 'waiting');
    const other = await world.connect(alice);
    for (const words of ['one', 'two', 'three']) await other.say({ to: bob.id }, words);
    await writer.say({ to: bob.id }, 'again');
    bad.away = false;
    await timelines.until((all) => all.length === 2);
    for (const { convId, entries } of heard) await entries.until((all) => all.length === (convId.includes('alice') ? 3 : 1), convId);
    const byConversation = Object.fromEntries(heard.map(({ convId, entries }) => [convId, words(entries)]));
    expect(byConversation).toEqual({ 'c2c:alice:bob': ['one', 'two', 'three'], 'c2c:bob:carol': ['again'] });
  });

  it('goes on from a state that was kept, with the entries since then', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const groupId = await world.group(alice, [bob]);
    const writer = await world.connect(alice);
    const client = open({ url: world.ws, token: bob.token });
    const [group, c2c] = [entriesOf(client.timeline({ groupId })), entriesOf(client.timeline({ convId: c2cConvId('alice', 'bob') }))];
    await until(told(client, 'connection'), 'online');
    await client.call('ping', {});
    for (const heard of [{ groupId }, { to: bob.id }]) await writer.say(heard, 'before');
    await group.first();
    await c2c.first();
    const state = JSON.parse(JSON.stringify(client.state())) as NonNullable<ReturnType<ParleyClient['state']>>;
    client.close();
    for (const heard of [{ groupId }, { to: bob.id }]) await writer.say(heard, 'meanwhile');
    const next = open({ url: world.ws, token: bob.token, state });
    const [groupLater, c2cs] = [entriesOf(next.timeline({ groupId })), told(next, 'timeline')];
    const c2cLater: Told<Entry>[] = [];
    next.on('timeline', (timeline) => c2cLater.push(entriesOf(timeline)));
    await groupLater.first();
    await c2cs.first();
    await c2cLater[0]?.first();
    expect([words(groupLater), c2cLater.map(words)]).toEqual([['meanwhile'], [['meanwhile']]]);
  });

  it('tells the end of a membership, and the gap of a later one', async () => {
    await start();
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const groupId = await world.group(alice, [bob]);
    const writer = await world.connect(alice);
    const bad = await proxy();
    const client = open({ url: bad.ws, token: bob.token });
    const changes = told(client, 'connection');
    const follow = () => {
      const timeline = client.timeline({ groupId }, { fromSeq: 0 });
      const [heard, ended] = [entriesOf(timeline), new Told<TimelineEnd>((hear) => timeline.on('end', hear))];
      return { heard, ended, gaps: new Told((hear) => timeline.on('gap', hear)) };
    };
    const leave = (person: Person) => world.post(`/api/groups/${groupId}/leave`, undefined, person);
    const first = follow();
    await writer.say({ groupId }, 'one');
    await first.heard.until((all) => all.length === 2);
    bad.away = true;
    bad.cut();
    await until(changes, 'waiting');
    await writer.say({ groupId }, 'two');
    await leave(bob);
    await writer.say({ groupId }, 'not for bob');
    bad.away = false;
    // What was said until the end is read before the end is told.
    await first.ended.first();
    expect([words(first.heard), first.heard.last?.kind, first.ended.all]).toEqual([['one', 'two'], 'member_left', [{ code: 'LEFT' }]]);

    await world.post(`/api/groups/${groupId}/join`, undefined, bob);
    const second = follow();
    await writer.say({ groupId }, 'three');
    await second.heard.until((all) => all.length === 2);
    expect([words(second.heard), second.gaps.all]).toEqual([['three'], [{ from: 1, to: 5 }]]);
  });
});
