import fc from 'fast-check';
import type { Reply } from './connection';
import { ParleyError, type ParleyErrorCode, type ParleyErrorDetails } from './errors';
import { ManualTimers, settle } from './manual-timers';
import { type OutgoingMessage, type PendingMessage, Sends } from './sends';
import type { Session } from './wire';

const session: Session = {
  userId: 'alice',
  deviceId: 'd',
  sessionId: null,
  serverTime: 0,
  heartbeatMs: 25_000,
  maxFrameBytes: 65_536,
  sendQps: 1_000,
  sendBurst: 1_000,
  epoch: 'e',
};
const refused = (code: ParleyErrorCode, details: ParleyErrorDetails = {}): Reply => ({
  ok: false,
  error: new ParleyError(code, 'refused', details),
});

/** An outbox and a server that answers when the test says so. */
class Desk {
  readonly timers = new ManualTimers();
  readonly sends: Sends;
  /** What is on its way, in the order in which it was written. */
  readonly wire: { readonly data: PendingMessage; readonly reply: (reply: Reply) => void }[] = [];
  /** What the server stored, in order. */
  readonly stored: string[] = [];
  readonly settled: string[] = [];
  most = 0;

  constructor(maxPending = 1_000) {
    this.sends = new Sends({
      timers: this.timers,
      maxPending,
      backoff: undefined,
      ask: (json, reply) => {
        this.wire.push({ data: JSON.parse(json) as PendingMessage, reply });
        this.most = Math.max(this.most, this.wire.length);
      },
    });
  }

  say(words: string, target: OutgoingMessage | { to: string } | { groupId: string } = { to: 'bob' }): void {
    const message = { ...target, type: 'text' as const, payload: { text: words }, clientMsgId: words };
    this.sends.add(message).then(
      () => this.settled.push(words),
      (error: ParleyError) => this.settled.push(`${words} ${error.code}`),
    );
  }

  /** Stores the first on the wire and acks it, unless another answer is given. */
  answer(reply?: Reply): void {
    const first = this.wire.shift();
    if (!first) return;
    if (!reply && !this.stored.includes(first.data.clientMsgId)) this.stored.push(first.data.clientMsgId);
    first.reply(reply ?? { ok: true, data: {} });
  }

  answerAll(): void {
    while (this.wire.length > 0) this.answer();
  }

  cut(): void {
    for (const { reply } of this.wire.splice(0)) reply(refused('DISCONNECTED'));
    this.sends.offline();
  }

  get onTheWire(): string[] {
    return this.wire.map(({ data }) => data.clientMsgId);
  }
}

const failures = {
  unavailable: refused('UNAVAILABLE'),
  tooFast: refused('RATE_LIMIT', { retryAfterMs: 50 }),
  slowMode: refused('RATE_LIMIT', { retryAfterMs: 50, convId: 'theirs' }),
};

describe('the outbox', () => {
  it('writes at once, in order, at most 64 ahead of the acks', async () => {
    const desk = new Desk();
    desk.sends.online(session);
    for (let i = 0; i < 100; i++) desk.say(`${i}`);
    expect(desk.onTheWire).toEqual(Array.from({ length: 64 }, (_, i) => `${i}`));
    desk.answerAll();
    await settle();
    expect([desk.settled.length, desk.most, desk.sends.pending]).toEqual([100, 64, []]);
  });

  it('writes what was not acked again after every cut, in the same order and under the same names', async () => {
    const desk = new Desk();
    for (const words of ['a', 'b']) desk.say(words);
    desk.sends.online(session);
    desk.answer();
    desk.say('c');
    for (let i = 0; i < 3; i++) {
      desk.cut();
      expect(desk.onTheWire).toEqual([]);
      desk.sends.online(session);
      expect(desk.onTheWire).toEqual(['b', 'c']);
    }
    expect(desk.sends.pending.map(({ clientMsgId }) => clientMsgId)).toEqual(['b', 'c']);
    desk.answerAll();
    await settle();
    expect(desk.settled).toEqual(['a', 'b', 'c']);
  });

  it('takes the payload as it was when it was sent', () => {
    const desk = new Desk();
    const payload = { text: 'before' };
    void desk.sends.add({ to: 'bob', type: 'text', payload }).catch(() => undefined);
    payload.text = 'after';
    expect(desk.sends.pending[0]?.payload).toEqual({ text: 'before' });
  });

  it('sends all again from the one that was unavailable, once the others have come back', async () => {
    const desk = new Desk();
    desk.sends.online(session);
    for (const words of ['a', 'b', 'c']) desk.say(words);
    desk.say('x', { to: 'carol' });
    desk.answer(refused('UNAVAILABLE'));
    await desk.timers.pass(1_000);
    expect(desk.onTheWire).toEqual(['b', 'c', 'x']);
    desk.say('d');
    desk.say('y', { to: 'carol' });
    desk.answer(refused('UNAVAILABLE'));
    desk.answer(refused('UNAVAILABLE'));
    expect(desk.onTheWire).toEqual(['x', 'y', 'a', 'b', 'c', 'd']);
    desk.answerAll();
    expect(desk.stored).toEqual(['x', 'y', 'a', 'b', 'c', 'd']);
  });

  it('knows a conversation by any of its names', async () => {
    const desk = new Desk();
    desk.sends.online(session);
    desk.say('a', { to: 'bob' });
    desk.say('b', { convId: 'c2c:alice:bob' } as never);
    desk.answer(refused('UNAVAILABLE'));
    await desk.timers.pass(1_000);
    expect(desk.onTheWire).toEqual(['b']);
  });

  it.each(['NOT_FOUND', 'BAD_REQUEST', 'MUTED'] as const)('gives back what is refused with %s, and only that', async (code) => {
    const desk = new Desk();
    desk.sends.online(session);
    for (const words of ['a', 'b']) desk.say(words);
    desk.answer(refused(code));
    desk.answer();
    await settle();
    expect(desk.settled).toEqual([`a ${code}`, 'b']);
  });

  it('gives back what the server fails at ten times', async () => {
    const desk = new Desk();
    desk.sends.online(session);
    desk.say('a');
    for (let i = 0; i < 10; i++) {
      expect(desk.wire).toHaveLength(1);
      desk.answer(refused('INTERNAL'));
      await desk.timers.pass(30_000);
    }
    await settle();
    expect([desk.settled, desk.wire]).toEqual([['a INTERNAL'], []]);
  });

  it('waits as long as the server says when it was too fast, and then has one of a conversation on its way at a time', async () => {
    const desk = new Desk();
    desk.sends.online(session);
    for (const words of ['a', 'b', 'c']) desk.say(words);
    for (let i = 0; i < 3; i++) desk.answer(refused('RATE_LIMIT', { retryAfterMs: 700 }));
    await desk.timers.pass(690);
    expect(desk.onTheWire).toEqual([]);
    await desk.timers.pass(20);
    expect(desk.onTheWire).toEqual(['a']);
    for (let i = 0; i < 3; i++) {
      desk.answer();
      await desk.timers.pass(10);
    }
    expect(desk.stored).toEqual(['a', 'b', 'c']);
  });

  describe('in a group in slow mode', () => {
    const groupId = 'g';
    const slowMode = (retryAfterMs: number) => refused('RATE_LIMIT', { retryAfterMs, convId: 'group:g' });

    it('waits as long as the server says, there only, and sends one at a time from then on', async () => {
      const desk = new Desk();
      desk.sends.online(session);
      for (const words of ['a', 'b', 'c']) desk.say(words, { groupId });
      desk.answer();
      for (let i = 0; i < 2; i++) desk.answer(slowMode(5_000));
      for (const words of ['x', 'y']) desk.say(words);
      desk.say('d', { groupId });
      expect(desk.onTheWire).toEqual(['x', 'y']);
      desk.answerAll();
      await desk.timers.pass(4_990);
      expect(desk.onTheWire).toEqual([]);
      await desk.timers.pass(20);
      expect(desk.onTheWire).toEqual(['b']);
      desk.answer();
      expect(desk.onTheWire).toEqual(['c']);
      desk.answer(slowMode(5_000));
      await desk.timers.pass(5_000);
      expect(desk.onTheWire).toEqual(['c']);
      desk.answer();
      await desk.timers.pass(60_000);
      desk.answerAll();
      expect(desk.stored).toEqual(['a', 'x', 'y', 'b', 'c', 'd']);
    });

    it('gives back what would wait for long, and the rest of the outbox goes on', async () => {
      const desk = new Desk();
      desk.sends.online(session);
      desk.say('a', { groupId });
      for (const words of ['x', 'y']) desk.say(words);
      desk.answer(slowMode(3_600_000));
      desk.answerAll();
      await settle();
      expect(desk.settled).toEqual(['a RATE_LIMIT', 'x', 'y']);
      desk.say('a', { groupId });
      expect(desk.onTheWire).toEqual(['a']);
    });
  });

  it('refuses what is more than may wait, and gives everything back when it is closed', async () => {
    const desk = new Desk(2);
    for (const words of ['a', 'b', 'c']) desk.say(words);
    await settle();
    desk.sends.close();
    desk.say('d');
    await settle();
    expect(desk.settled).toEqual(['c QUEUE_FULL', 'a CLOSED', 'b CLOSED', 'd CLOSED']);
  });

  it('gives back what cannot be written as JSON, or not in one frame', async () => {
    const desk = new Desk();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await expect(desk.sends.add({ to: 'bob', type: 'custom', payload: loop })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    desk.sends.online({ ...session, maxFrameBytes: 1_000 });
    desk.say('é'.repeat(480));
    desk.say('short');
    expect(desk.onTheWire).toEqual(['short']);
  });

  it('stores everything once and each conversation in order, whatever fails', async () => {
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.constant('say' as const) },
      { weight: 6, arbitrary: fc.constant('ack' as const) },
      { weight: 1, arbitrary: fc.constant('unavailable' as const) },
      { weight: 1, arbitrary: fc.constant('lostAck' as const) },
      { weight: 1, arbitrary: fc.constant('tooFast' as const) },
      { weight: 1, arbitrary: fc.constant('slowMode' as const) },
      { weight: 1, arbitrary: fc.constant('cut' as const) },
      { weight: 1, arbitrary: fc.constant('pass' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
        const desk = new Desk();
        const said: string[] = [];
        const conversations = ['bob', 'carol'];
        desk.sends.online(session);
        for (const one of events) {
          if (one === 'say') {
            const to = conversations[said.length % 2] as string;
            said.push(`${to} ${said.length}`);
            desk.say(said.at(-1) as string, { to });
          } else if (one === 'ack') desk.answer();
          else if (one === 'unavailable' || one === 'tooFast' || one === 'slowMode') {
            // Those behind it fail with it, of the same conversation or of all.
            const first = desk.wire[0];
            const failing = desk.wire.filter(
              ({ data }) => one === 'tooFast' || ('to' in data && first && 'to' in first.data && data.to === first.data.to),
            );
            for (const failed of failing) {
              desk.wire.splice(desk.wire.indexOf(failed), 1);
              failed.reply(failures[one]);
            }
          } else if (one === 'lostAck') {
            for (const { data } of desk.wire) if (!desk.stored.includes(data.clientMsgId)) desk.stored.push(data.clientMsgId);
            desk.cut();
            desk.sends.online(session);
          } else if (one === 'cut') {
            desk.cut();
            desk.sends.online(session);
          } else await desk.timers.pass(200);
        }
        for (let i = 0; i < 500 && desk.sends.pending.length > 0; i++) {
          desk.answerAll();
          await desk.timers.pass(1_000);
        }
        await settle();
        for (const to of conversations) {
          const own = (words: string) => words.startsWith(to);
          expect(desk.stored.filter(own)).toEqual(said.filter(own));
        }
        expect([...desk.settled].sort()).toEqual([...said].sort());
      }),
    );
  });
});
