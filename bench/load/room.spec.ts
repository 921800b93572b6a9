import { messageAFrame } from '../peers/message-a-frame';
import type { Address, Wire } from '../peers/peer';
import type { OnText } from './raw-socket';
import { type Connection, Room } from './room';

const address: Address = { port: 0, room: 'room', secret: '' };
const brace = '{'.charCodeAt(0);
const wire: Wire = {
  enter: () => Promise.reject(new Error('nobody connects here')),
  publication: (_, payload) => payload,
  reader: messageAFrame((bytes, start) => bytes[start] === brace, 0),
  isRefusal: () => false,
};

class FakeConnection implements Connection {
  onText: OnText = () => undefined;
  onEnd: (why: string) => void = () => undefined;
  sent: (text: string) => void = () => undefined;
  send(text: string): void {
    this.sent(text);
  }
  sendAll(texts: readonly string[]): void {
    for (const text of texts) this.sent(text);
  }
  destroy(): void {}
  hear(text: string): void {
    const bytes = Buffer.from(text);
    this.onText(bytes, 0, bytes.length);
  }
}

/** A room whose server tells everybody, unless `deliver` does something else with the message of that number, counted from 1. */
function room(deliver: (text: string, number: number, subscribers: readonly FakeConnection[]) => void = tellAll): Room {
  const publisher = new FakeConnection();
  const subscribers = [new FakeConnection(), new FakeConnection()];
  let count = 0;
  publisher.sent = (text) => {
    const number = ++count;
    setImmediate(() => deliver(text, number, subscribers));
  };
  return new Room(wire, address, publisher, subscribers);
}

const tellAll = (text: string, _: number, subscribers: readonly FakeConnection[]) => subscribers.forEach((one) => one.hear(text));

const window = { kind: 'window', size: 4 } as const;

it('counts every delivery of a window, and all of them arrive', async () => {
  let told = 0;
  const { deliveries } = await room((text, _, subscribers) => {
    told += subscribers.length;
    tellAll(text, _, subscribers);
  }).run(window, 0.05);
  expect(deliveries).toBe(told);
  expect(deliveries).toBeGreaterThan(0);
});

it('a paced round counts just its messages, with latencies', async () => {
  const { deliveries, p50, p99 } = await room().run({ kind: 'paced', messagesPerSecond: 200 }, 0.1);
  expect(deliveries).toBe(40);
  expect(p50).toBeLessThanOrEqual(p99);
});

it.each([
  ['twice', (third: string, fourth: string) => [third, third, fourth]],
  ['out of order', (third: string, fourth: string) => [fourth, third]],
  ['not at all', (_: string, fourth: string) => [fourth]],
])('a message that comes %s ends the run', async (_, told) => {
  let third = '';
  const one = room((text, number, subscribers) => {
    if (number === 3) third = text;
    else for (const each of number === 4 ? told(third, text) : [text]) tellAll(each, number, subscribers);
  });
  await expect(one.run(window, 0.05)).rejects.toThrow('expected message');
});

it('a server that delivers all that is offered is not broken, whatever the pace of this machine', async () => {
  let told = 0;
  const offered = await room((text, number, subscribers) => {
    told++;
    tellAll(text, number, subscribers);
  }).offer(1_000, 0.05, 0.2);
  expect(offered.broken).toBeUndefined();
  expect(told).toBe(250);
  expect(offered.perSecond).toBeGreaterThan(0);
  expect(offered.p50).toBeLessThanOrEqual(offered.p99 ?? NaN);
});

it('what a server never delivers is not waited for, and counts as late', async () => {
  const offered = await room((text, number, subscribers) => {
    if (number <= 60) tellAll(text, number, subscribers);
  }).offer(1_000, 0.05, 0.1);
  expect(offered.broken).toContain('90 messages came later');
  expect(offered.p99).toBeGreaterThan(1_000);
});

it('a server that lets go of a client has broken, which is no error', async () => {
  const offered = await room((text, number, subscribers) => {
    if (number < 100) tellAll(text, number, subscribers);
    else subscribers[0]?.onEnd('the server closed a connection');
  }).offer(1_000, 0.05, 0.2);
  expect(offered.broken).toBe('the server closed a connection');
});

it('a wrong order is an error also when a server is overloaded', async () => {
  const one = room((text, number, subscribers) => {
    if (number !== 20) tellAll(text, number, subscribers);
  });
  await expect(one.offer(1_000, 0.05, 0.1)).rejects.toThrow('expected message 20');
});
