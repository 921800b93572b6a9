import { InProcessBus } from '@app/bus';
import { Database } from '@app/storage';
import { holdFlushes, type Person, RawSocket, type ServerFrame, World } from '@app/testing';
import { WebSocket } from 'ws';
import type { Head } from '../hub/envelope';

/** What a reply says, short enough to compare hundreds. */
const told = ({ action, ref, data }: ServerFrame): string => `${ref ?? '-'} ${action === 'ack' ? 'ack' : (data as { code: string }).code}`;

describe('a connection', () => {
  let world: World;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    world = await World.start();
    [alice, bob] = await Promise.all([world.register('alice'), world.register('bob')]);
  });
  afterAll(() => world.close());

  it('begins with `connected`, which names user, device, session and the limits', async () => {
    const client = await world.connect(alice, { deviceId: 'phone' });
    await client.settled();
    const { body } = await world.get<{ sessions: { id: string }[] }>('/api/sessions', alice);
    expect(client.events).toEqual([
      {
        action: 'connected',
        data: {
          userId: alice.id,
          deviceId: 'phone',
          sessionId: body.sessions[0]?.id,
          serverTime: expect.any(Number) as number,
          heartbeatMs: 25_000,
          maxFrameBytes: 65_536,
          sendQps: 100_000,
          sendBurst: 100_000,
          epoch: world.gateway.app.get(Database).epoch,
        },
      },
    ]);
    expect(Math.abs((client.all('connected')[0]?.serverTime ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('hears nothing before `connected`, even if its user is talked to while it is made', async () => {
    const { promise: connecting, resolve: goOn } = deferred();
    class SlowBus extends InProcessBus<Head> {
      /** The topic is live before its subscriber is told so, as over a network. */
      override async subscribe(topic: string): Promise<void> {
        await super.subscribe(topic);
        if (topic === 'user:late') await connecting;
      }
    }
    const slow = await World.start({}, { bus: new SlowBus() });
    try {
      const [late, sender] = await Promise.all([slow.person('late'), slow.person('sender')]);
      const talking = await slow.connect(sender);
      const attempt = slow.connect(late);
      // The topic is live once something sent to it has an audience.
      while ((await slow.metrics.registry.getSingleMetric('parley_connections')?.get())?.values[0]?.value !== 2)
        await talking.say({ to: 'late' }, 'knock');
      await talking.say({ to: 'late' }, 'too early');
      await slow.post('/api/messages/read', { convId: 'c2c:late:sender', seq: 1 }, late);
      await talking.settled();
      goOn();
      const client = await attempt;
      await talking.say({ to: 'late' }, 'in time');
      await client.next('message', ({ payload }) => payload?.text === 'in time');
      expect(client.events[0]?.action).toBe('connected');
    } finally {
      goOn();
      await slow.close();
    }
  });

  describe('answers every frame once and in order', () => {
    it('whatever 300 frames of one burst are', async () => {
      const groupId = await world.group(alice, [bob]);
      const client = await world.connect(alice);
      const kinds: [frame: (ref: string, i: number) => string | Buffer, reply: (ref: string) => string][] = [
        [
          (ref, i) => frame('send', ref, { to: bob.id, type: 'text', payload: { text: `${i}` }, clientMsgId: `a${i}` }),
          (ref) => `${ref} ack`,
        ],
        [(ref, i) => frame('send', ref, { groupId, type: 'text', payload: { text: `${i}` }, clientMsgId: `b${i}` }), (ref) => `${ref} ack`],
        [() => '{"action":"ping"', () => '- BAD_FRAME'],
        [() => '', () => '- BAD_FRAME'],
        [(ref) => `[{"action":"ping","ref":"${ref}"}]`, () => '- BAD_FRAME'],
        [(ref) => JSON.stringify({ ref, data: {} }), (ref) => `${ref} BAD_FRAME`],
        [(ref) => frame('conquer', ref, {}), (ref) => `${ref} UNKNOWN_ACTION`],
        [(ref) => frame('toString', ref, {}), (ref) => `${ref} UNKNOWN_ACTION`],
        [(ref) => frame('send', ref, { to: bob.id }), (ref) => `${ref} BAD_REQUEST`],
        [(ref) => frame('send', ref, 'text'), (ref) => `${ref} BAD_REQUEST`],
        [
          (ref) => frame('send', ref, { to: 'nobody', type: 'text', payload: { text: 'x' }, clientMsgId: 'c' }),
          (ref) => `${ref} NOT_FOUND`,
        ],
        [(ref) => frame('ping', ref), (ref) => `${ref} ack`],
        [() => frame('ping'), () => '- ack'],
        [(ref) => frame('history', ref, { groupId, limit: 2 }), (ref) => `${ref} ack`],
        [(ref) => frame('history', ref, { groupId: 'none' }), (ref) => `${ref} NOT_FOUND`],
        [(ref) => Buffer.from(frame('ping', ref)), () => '- BAD_FRAME'],
        [(ref) => frame('subscribe_group', ref, { groupId }), (ref) => `${ref} ack`],
        [(ref) => frame('unsubscribe_group', ref, { groupId }), (ref) => `${ref} ack`],
        [(ref) => frame('sync', ref, {}), (ref) => `${ref} ack`],
      ];
      const expected = Array.from({ length: 300 }, (_, i) => {
        const [make, reply] = kinds[(i * 7) % kinds.length] as (typeof kinds)[number];
        client.raw(make(`n${i}`, i));
        return reply(`n${i}`);
      });
      await client.until(() => client.replies.length >= 300, '300 replies');
      await client.settled();
      expect(client.replies.slice(0, -2).map(told)).toEqual(expected);
    });

    it('also those that were sent before it said `connected`', async () => {
      const socket = new WebSocket(`${world.ws}/ws`, ['parley.v1', `bearer.${alice.token}`]);
      const frames: ServerFrame[] = [];
      const done = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          const received = JSON.parse(data.toString()) as ServerFrame;
          if (received.action !== 'message') frames.push(received);
          if (frames.length === 5) resolve();
        });
      });
      socket.on('open', () => {
        for (const ref of ['1', '2', '3']) socket.send(frame('ping', ref));
        socket.send(frame('send', '4', { to: bob.id, type: 'text', payload: { text: 'early' }, clientMsgId: 'early' }));
      });
      await done;
      socket.terminate();
      expect(frames.map(({ action, ref }) => `${action} ${ref ?? '-'}`)).toEqual(['connected -', 'ack 1', 'ack 2', 'ack 3', 'ack 4']);
    });

    it('also when they come in the same packet as the upgrade', async () => {
      const raw = await RawSocket.open(world.gateway.port);
      const ping = Buffer.from(frame('ping', 'first'));
      const head = RawSocket.upgrade('/ws', { Authorization: `Bearer ${alice.token}` });
      raw.write(Buffer.concat([Buffer.from(head), Buffer.from([0x81, 0x80 | ping.length, 0, 0, 0, 0]), ping]));
      await raw.until((received) => received.includes('"ref":"first"'));
      expect(raw.received.indexOf('"connected"')).toBeLessThan(raw.received.indexOf('"first"'));
      raw.reset();
    });

    it('with the sends of many conversations among them, each stored in the order it was sent', async () => {
      const client = await world.connect(alice);
      const groups = await Promise.all(Array.from({ length: 5 }, () => world.group(alice)));
      const texts = Array.from({ length: 250 }, (_, i) => `${i}`);
      const acks = await Promise.all(texts.map((text, i) => client.say({ groupId: groups[i % 5] ?? '' }, text)));
      groups.forEach((groupId, g) => {
        const own = acks.filter(({ convId }) => convId === `group:${groupId}`);
        expect(own.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => 2 + i));
        expect(own).toEqual(acks.filter((_, i) => i % 5 === g));
      });
    });
  });

  describe('gives a ref back', () => {
    it.each([
      ['a string, an empty one too', '""', ' ack'],
      ['128 characters', JSON.stringify('r'.repeat(128)), `${'r'.repeat(128)} ack`],
      ['no ref when there is none', undefined, '- ack'],
      ['no ref when it is longer than 128', JSON.stringify('r'.repeat(129)), '- BAD_FRAME'],
      ['no ref when it is a number', '7', '- BAD_FRAME'],
      ['no ref when it is null', 'null', '- BAD_FRAME'],
      ['no ref when it holds a lone surrogate', '"\\ud800"', '- BAD_FRAME'],
    ])('%s', async (_, ref, reply) => {
      const client = await world.connect(alice);
      client.raw(`{"action":"ping"${ref === undefined ? '' : `,"ref":${ref}`}}`);
      await client.until(() => client.replies.length === 1);
      expect(client.replies.map(told)).toEqual([reply]);
      await client.close();
    });
  });

  describe('ends', () => {
    it('with 1009 for a frame above maxFrameBytes, and takes one of exactly that size', async () => {
      const client = await world.connect(alice);
      const fits = frame('ping', 'fits', { filling: '' });
      client.raw(frame('ping', 'fits', { filling: 'x'.repeat(65_536 - fits.length) }));
      await client.until(() => client.replies.length === 1);
      expect(client.replies.map(told)).toEqual(['fits ack']);
      client.raw(frame('ping', 'fits', { filling: 'x'.repeat(65_537 - fits.length) }));
      expect((await client.closed).code).toBe(1009);
    });

    it('with 1007 for text that is no UTF-8', async () => {
      const client = await world.connect(alice);
      client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
      expect((await client.closed).code).toBe(1007);
    });

    it('with 4502 when the same device of the same user connects again', async () => {
      const first = await world.connect(alice, { deviceId: 'tablet' });
      const other = await world.connect(alice, { deviceId: 'desk' });
      const stranger = await world.connect(bob, { deviceId: 'tablet' });
      const second = await world.connect(alice, { deviceId: 'tablet' });
      expect(await first.closed).toEqual({ code: 4502, reason: 'REPLACED' });
      for (const client of [other, stranger, second]) await client.settled();
    });

    it('with 4502 for all but the last when a device connects many times at once', async () => {
      const clients = await Promise.all(Array.from({ length: 8 }, () => rawClient(world, alice, 'watch')));
      const closed = (raw: RawSocket) => raw.received.includes('REPLACED');
      await Promise.all(clients.map((raw) => raw.until((received) => received.includes('"connected"') || closed(raw))));
      const last = await world.connect(alice, { deviceId: 'watch' });
      await Promise.all(clients.map((raw) => raw.until(() => closed(raw))));
      await last.settled();
      for (const raw of clients) raw.reset();
    });

    it('with 4502 never for the newest, even if the older ones are welcomed while it is there', async () => {
      const { promise: live, resolve: goOn } = deferred();
      class SlowBus extends InProcessBus<Head> {
        override async subscribe(topic: string): Promise<void> {
          await super.subscribe(topic);
          await live;
        }
      }
      const slow = await World.start({}, { bus: new SlowBus() });
      try {
        const person = await slow.person('twice');
        const older = slow.connect(person, { deviceId: 'd' });
        older.catch(() => undefined);
        const connections = async () => (await slow.metrics.registry.getSingleMetric('parley_connections')?.get())?.values[0]?.value;
        while ((await connections()) !== 1) await new Promise((resolve) => setImmediate(resolve));
        const newer = slow.connect(person, { deviceId: 'd' });
        while ((await connections()) !== 2) await new Promise((resolve) => setImmediate(resolve));
        goOn();
        await (await newer).settled();
        expect((await (await older).closed).code).toBe(4502);
      } finally {
        goOn();
        await slow.close();
      }
    });

    it('with 4503 at once when its session is revoked, and no other session with it', async () => {
      const [phone, laptop] = [await world.register('carol'), (await world.post<{ token: string }>('/api/login', login('carol'))).body];
      const carol: Person = { id: phone.id, token: laptop.token };
      const [first, second] = await Promise.all([world.connect(phone), world.connect(carol)]);
      await world.request('DELETE', `/api/sessions/${first.all('connected')[0]?.sessionId ?? ''}`, undefined, carol);
      expect((await first.closed).code).toBe(4503);
      await second.settled();
      await world.post('/api/logout', {}, carol);
      expect((await second.closed).code).toBe(4503);
    });

    it('with 4503 also when many frames of it wait', async () => {
      const phone = await world.register('emil');
      const client = await world.connect(phone);
      const release = holdFlushes(world.gateway.app.get(Database));
      for (let i = 0; i < 2_000; i++) {
        client.raw(frame('send', `${i}`, { to: alice.id, type: 'text', payload: { text: 'x'.repeat(100) }, clientMsgId: `${i}` }));
      }
      await new Promise((resolve) => setImmediate(resolve));
      const revoked = world.post('/api/logout', {}, phone);
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([release(), revoked]);
      expect((await client.closed).code).toBe(4503);
    });
  });
});

describe('a heartbeat', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ heartbeatMs: 100 });
  });
  afterAll(() => world.close());

  it('closes a peer that is silent for two periods with 4002', async () => {
    const person = await world.person('silent');
    const startedAt = performance.now();
    const client = await world.connect(person, { autoPong: false });
    expect(await client.closed).toEqual({ code: 4002, reason: 'NO_PONG' });
    expect(performance.now() - startedAt).toBeGreaterThan(190);
  });

  it('keeps a peer that answers pings, and one that answers none but sends `ping` actions', async () => {
    const [quiet, pinging] = await Promise.all([
      world.connect(await world.person('quiet')),
      world.connect(await world.person('pinging'), { autoPong: false }),
    ]);
    let pings = 0;
    quiet.socket.on('ping', () => pings++);
    while (pings < 6) {
      await pinging.call('ping', {});
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await Promise.all([quiet.settled(), pinging.settled()]);
  });

  it('closes a connection with 4501 when its token expires', async () => {
    const exp = Math.ceil((Date.now() + 2_000) / 1000);
    const client = await world.connect({ id: 'dora', ...world.sign('dora', { exp }) });
    await client.settled();
    expect(await client.closed).toEqual({ code: 4501, reason: 'TOKEN_EXPIRED' });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  });

  it('does not count time in which the process itself stood still', async () => {
    const client = await world.connect(await world.person('patient'));
    const until = performance.now() + 500;
    while (performance.now() < until);
    await client.settled();
  });

  it('keeps a peer whose frames the server has stopped to read', async () => {
    const person = await world.person('busy');
    const client = await world.connect(person);
    await client.say({ groupId: await world.group(person) }, 'the right is known');
    const groupId = await world.group(person);
    await client.say({ groupId }, 'and here');
    const release = holdFlushes(world.gateway.app.get(Database));
    const acks = Array.from({ length: 600 }, (_, i) => client.say({ groupId }, `${i}`));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await release();
    await Promise.all(acks);
    await client.settled();
  });
});

const frame = (action: string, ref?: string, data?: unknown): string => JSON.stringify({ action, ref, data });
const login = (username: string) => ({ username, password: 'a good password' });

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function rawClient(world: World, { token }: Person, deviceId: string): Promise<RawSocket> {
  const raw = await RawSocket.open(world.gateway.port);
  raw.write(RawSocket.upgrade(`/ws?deviceId=${deviceId}`, { Authorization: `Bearer ${token}` }));
  return raw;
}
