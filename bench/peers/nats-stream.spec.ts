import { natsReader } from './nats-stream';

const stream = Buffer.from(
  [
    'INFO {"server_id":"x"}\r\n',
    'PING\r\n',
    'MSG room 1 5\r\nhello\r\n',
    'MSG room 1 12\r\nMSG a 1 1\r\nx\r\n',
    'MSG room 1 reply 0\r\n\r\n',
    'PONG\r\n',
    'MSG room 1 3\r\nend\r\n',
  ].join(''),
);

/** Reads the stream cut into frames at these places. */
function read(cuts: readonly number[]): { messages: string[]; others: string[] } {
  const messages: string[] = [];
  const others: string[] = [];
  const reader = natsReader({
    message: (bytes, end) =>
      messages.push(
        bytes
          .toString('latin1', Math.max(0, end - 12), end)
          .split('\r\n')
          .at(-1) ?? '',
      ),
    other: (bytes, start, end) => others.push(bytes.toString('latin1', start, end)),
  });
  // A frame lies between others' bytes in memory that is written over afterwards.
  const memory = Buffer.alloc(stream.length + 8, '#');
  [...cuts, stream.length].forEach((to, index) => {
    const from = index === 0 ? 0 : (cuts[index - 1] ?? 0);
    stream.copy(memory, 4, from, to);
    reader(memory, 4, 4 + to - from);
    memory.fill('#');
  });
  return { messages, others };
}

const whole = { messages: ['hello', 'x', '', 'end'], others: ['INFO {"server_id":"x"}', 'PING', 'PONG'] };

it('finds every message of a frame once, also one that looks like NATS itself', () => {
  expect(read([])).toEqual(whole);
});

it('finds the same wherever frames end, within a line or a payload', () => {
  for (let first = 1; first < stream.length; first++) {
    expect(read([first])).toEqual(whole);
    for (let second = first + 1; second < stream.length; second += 7) expect(read([first, second])).toEqual(whole);
  }
  expect(read(Array.from({ length: stream.length - 1 }, (_, index) => index + 1))).toEqual(whole);
});

it('says so when what comes is not NATS', () => {
  const reader = natsReader({ message: () => undefined, other: () => undefined });
  const tell = (text: string) => () => reader(Buffer.from(text), 0, text.length);
  expect(tell('MSG room 1 2\r\nfour\r\n')).toThrow('longer than it says');
  expect(tell('{"text":"hello"}\n')).toThrow('not a line of NATS');
});
