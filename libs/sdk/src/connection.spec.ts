import { Connection, type ConnectionChange, type Reply } from './connection';
import { Credentials, type TokenSource } from './credentials';
import { ManualTimers, settle } from './manual-timers';
import type { SocketConstructor } from './socket';

type Listener = (event: object) => void;

/** A socket whose other end is the test. */
class FakeSocket {
  static all: FakeSocket[] = [];
  readonly sent: string[] = [];
  ended = false;
  terminated = false;
  private readonly listeners: { readonly type: string; readonly listener: Listener }[] = [];

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.push({ type, listener });
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.ended = true;
  }

  terminate(): void {
    this.ended = this.terminated = true;
  }

  raw(data: string): void {
    this.tell('message', { data });
  }

  says(action: string, data: object = {}, ref?: string): void {
    this.raw(JSON.stringify({ action, ref, data }));
  }

  ends(code = 1006, reason = ''): void {
    this.tell('close', { code, reason });
  }

  private tell(type: string, event: object): void {
    for (const one of this.listeners) if (one.type === type) one.listener(event);
  }

  connected(): void {
    this.says('connected', { heartbeatMs: 20_000, epoch: 'e', userId: 'alice', maxFrameBytes: 65_536, sendQps: 20, sendBurst: 40 });
  }
}

describe('a connection', () => {
  let timers: ManualTimers;
  let connection: Connection;
  let changes: ConnectionChange[];
  let failures: unknown[];
  const socket = (): FakeSocket => FakeSocket.all.at(-1) as FakeSocket;
  const states = () => changes.map(({ state }) => state);

  const open = async (token: string | TokenSource = 'jwt') => {
    timers = new ManualTimers();
    changes = [];
    failures = [];
    FakeSocket.all = [];
    connection = new Connection({
      url: 'http://x',
      deviceId: 'd',
      credentials: new Credentials(token),
      socketConstructor: FakeSocket as unknown as SocketConstructor,
      timers,
      backoff: undefined,
      listener: {
        changed: (change) => changes.push(change),
        online: () => undefined,
        offline: () => undefined,
        event: () => undefined,
        failed: (error) => failures.push(error),
      },
    });
    connection.start();
    await settle();
  };
  const ask = (): Promise<Reply> => new Promise((resolve) => connection.ask('ping', '{}', resolve));

  it('brings the token as a subprotocol, and is online when the server has said so', async () => {
    await open();
    expect([socket().url, socket().protocols]).toEqual(['ws://x/ws?deviceId=d', ['parley.v1', 'bearer.jwt']]);
    expect(states()).toEqual(['connecting']);
    socket().connected();
    expect(states()).toEqual(['connecting', 'online']);
  });

  it('gives each answer to the one who asked, and DISCONNECTED to those who wait when it goes', async () => {
    await open();
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'DISCONNECTED' } });
    socket().connected();
    const [first, second, third] = [ask(), ask(), ask()];
    socket().says('ack', { serverTime: 1 }, '1');
    socket().says('error', { code: 'RATE_LIMIT', message: 'slow', retryAfterMs: 5 }, '2');
    socket().ends();
    expect(await first).toEqual({ ok: true, data: { serverTime: 1 } });
    expect(await second).toMatchObject({ ok: false, error: { code: 'RATE_LIMIT', retryAfterMs: 5 } });
    expect(await third).toMatchObject({ ok: false, error: { code: 'DISCONNECTED' } });
  });

  it.each([1001, 1006, 1009, 1012, 4001, 4002, 4003])('comes back after %d, at a random time', async (code) => {
    await open();
    socket().connected();
    socket().ends(code);
    const { state, retryInMs = -1, closeCode } = changes.at(-1) as ConnectionChange;
    expect([state, closeCode]).toEqual(['waiting', code]);
    expect(retryInMs).toBeGreaterThanOrEqual(0);
    expect(retryInMs).toBeLessThanOrEqual(500);
    await timers.pass(500);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([4500, 4501, 4502, 4503, 4504])('does not come back after %d with the same token', async (code) => {
    await open();
    socket().connected();
    socket().ends(code, 'WHY');
    await timers.pass(120_000);
    expect(changes.at(-1)).toEqual({ state: 'closed', closeCode: code, reason: 'WHY' });
    expect([FakeSocket.all.length, timers.waiting]).toEqual([1, 0]);
  });

  it('comes back after 4501 with a new token, and not again when that is refused too', async () => {
    await open(({ refresh }) => (refresh ? 'new' : 'old'));
    socket().connected();
    socket().ends(4501);
    await timers.pass(500);
    expect(socket().protocols).toEqual(['parley.v1', 'bearer.new']);
    socket().ends(4501);
    expect(states().at(-1)).toBe('closed');
  });

  it('tries again when the token function fails, and tells why', async () => {
    let fails = true;
    await open(() => {
      if (fails) throw new Error('offline');
      return 'jwt';
    });
    expect([failures, states()]).toEqual([[new Error('offline')], ['connecting', 'waiting']]);
    fails = false;
    await timers.pass(1_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('gives up a socket that says nothing for 15 s', async () => {
    await open();
    await timers.pass(15_000);
    expect([socket().ended, states().at(-1)]).toEqual([true, 'waiting']);
    const first = socket();
    await timers.pass(500);
    first.connected();
    expect(connection.state).toBe('connecting');
  });

  it('asks after a silent heartbeat, and gives up after two', async () => {
    await open();
    socket().connected();
    await timers.pass(20_000);
    expect(socket().sent).toEqual(['{"action":"ping","ref":"1","data":{}}']);
    await timers.pass(20_000);
    expect([FakeSocket.all[0]?.ended, changes.some(({ state }) => state === 'waiting')]).toEqual([true, true]);
  });

  it('comes back exactly when it was told to, counted from then, and not when the network wakes it', async () => {
    await open();
    socket().connected();
    socket().says('closing', { reconnectInMs: 5_000, reason: 'restart' });
    await timers.pass(2_000);
    expect(connection.state).toBe('online');
    socket().ends(1012);
    expect(changes.at(-1)).toMatchObject({ state: 'waiting', retryInMs: 3_000 });
    connection.wake();
    await timers.pass(2_999);
    expect(FakeSocket.all).toHaveLength(1);
    await timers.pass(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('does not wait any longer when the network is back, and asks whether what seems open still is', async () => {
    await open();
    socket().ends();
    connection.wake();
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
    socket().connected();
    connection.wake();
    expect(socket().sent).toHaveLength(1);
    await timers.pass(5_000);
    expect(FakeSocket.all[1]?.ended).toBe(true);
  });

  it('waits longer with every failure, until a connection has lasted', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(1);
    try {
      await open();
      const waits: number[] = [];
      const fail = async () => {
        socket().ends();
        const { retryInMs = -1 } = changes.at(-1) as ConnectionChange;
        waits.push(retryInMs);
        await timers.pass(retryInMs);
      };
      for (let i = 0; i < 3; i++) await fail();
      socket().connected();
      await timers.pass(9_000);
      await fail();
      socket().connected();
      await timers.pass(10_000);
      await fail();
      expect(waits).toEqual([500, 1_000, 2_000, 4_000, 500]);
    } finally {
      random.mockRestore();
    }
  });

  it('does nothing more after a close', async () => {
    await open();
    socket().connected();
    connection.close();
    socket().says('message', {});
    socket().ends();
    await timers.pass(60_000);
    expect([socket().ended, states(), FakeSocket.all.length, timers.waiting]).toEqual([true, ['connecting', 'online', 'closed'], 1, 0]);
  });

  it.each(['5', 'null', '[]', '{"action":5}', '{"action":"connected"}', '{"action":"connected","data":{"userId":"alice"}}', '<html>'])(
    'leaves a server that says %s, and tries again',
    async (nonsense) => {
      await open();
      socket().raw(nonsense);
      expect(states()).toEqual(['connecting', 'waiting']);
      expect(changes.at(-1)?.reason).toBe('the server does not speak the protocol');
    },
  );

  it.each([
    '{"action":"closing"}',
    '{"action":"closing","data":{"reconnectInMs":"soon"}}',
    '{"action":"ack"}',
    '{"action":"error","ref":"9"}',
  ])('takes %s from a server, and goes on', async (odd) => {
    await open();
    socket().connected();
    socket().raw(odd);
    expect(states()).toEqual(['connecting', 'online']);
  });

  it('gives a server that hangs a moment to say goodbye, then ends the socket itself', async () => {
    await open();
    socket().connected();
    connection.close();
    expect([socket().ended, socket().terminated]).toEqual([true, false]);
    await timers.pass(1_000);
    expect(socket().terminated).toBe(true);
  });

  it('leaves no timer behind when a server says goodbye', async () => {
    await open();
    socket().connected();
    connection.close();
    socket().ends(1000);
    await timers.pass(60_000);
    expect(socket().terminated).toBe(false);
  });
});
