import { connectAs } from '../peers/parley-wire';
import type { Address } from '../peers/peer';
import { answer } from '../rpc';
import { Latencies } from '../statistics';
import type { RawSocket } from './raw-socket';

/** What the senders ask for. */
export type Asking =
  /** A message to one group that all of them share. */
  | 'hot'
  /** A message to one of their own conversations, of which there are a thousand in all. */
  | 'many'
  /** An ack without a store. */
  | 'ping';

/** What a round of load came to. Every frame was acked once; the acks' seqs have no hole and no double. */
export interface Acked {
  readonly acks: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

const partners = 5;
const text = 'x'.repeat(128 - '{"text":""}'.length);

/** Highest seq per conversation at the end of the round before; learnt in the first. */
const heads = new Map<string, number>();
let senders: readonly RawSocket[] = [];
let room = '';
let keys = 0;

/** What the load generator of the send path can be asked. */
export type SendersLoad = typeof handlers;

const handlers = {
  connect: async ({ address, count }: { address: Address; count: number }): Promise<void> => {
    room = address.room;
    const opened: RawSocket[] = [];
    for (let index = 0; index < count; index++) opened.push(await connectAs(address, `u${index}`));
    senders = opened;
    // The first message to a conversation makes it and reads who may write there; that is not what is measured.
    await askAll('hot', (asked) => asked < 1);
    await askAll('many', (asked) => asked < partners);
  },
  run: ({ asking, seconds }: { asking: Asking; seconds: number }): Promise<Acked> => {
    const until = performance.now() + seconds * 1000;
    return askAll(asking, () => performance.now() < until);
  },
};

/** Lets every sender ask as long as `more` holds, and checks the seqs of what was acked. */
async function askAll(asking: Asking, more: (asked: number) => boolean): Promise<Acked> {
  const startedAt = performance.now();
  const latencies = new Latencies();
  const seqs = new Map<string, number[]>();
  await Promise.all(senders.map((socket) => askWhile(more, socket, asking, latencies, seqs)));
  const elapsed = (performance.now() - startedAt) / 1000;
  for (const [convId, taken] of seqs) checkGapless(convId, taken);
  return { acks: latencies.total, seconds: elapsed, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) };
}

/** One in flight: the next frame goes when the ack of the one before is there. Events are passed over. */
function askWhile(
  more: (asked: number) => boolean,
  socket: RawSocket,
  asking: Asking,
  latencies: Latencies,
  seqs: Map<string, number[]>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let writtenAt = 0;
    let turn = 0;
    const send = () => {
      writtenAt = performance.now();
      socket.send(frameOf(asking, turn++));
    };
    socket.onEnd = (why) => reject(new Error(why));
    socket.onText = (bytes, start, end) => {
      const frame = bytes.toString('utf8', start, end);
      if (frame.startsWith('{"action":"error"')) return reject(new Error(frame));
      if (!frame.startsWith('{"action":"ack"')) return;
      latencies.add(performance.now() - writtenAt);
      if (asking !== 'ping') {
        const { convId, seq } = (JSON.parse(frame) as { data: { convId: string; seq: number } }).data;
        const taken = seqs.get(convId);
        if (taken) taken.push(seq);
        else seqs.set(convId, [seq]);
      }
      if (more(turn)) send();
      else resolve();
    };
    send();
  });
}

function frameOf(asking: Asking, turn: number): string {
  if (asking === 'ping') return `{"action":"ping","ref":"${turn}"}`;
  const target = asking === 'hot' ? `"groupId":"${room}"` : `"to":"p${turn % partners}"`;
  return `{"action":"send","ref":"${turn}","data":{${target},"type":"text","clientMsgId":"k${++keys}","payload":{"text":"${text}"}}}`;
}

function checkGapless(convId: string, seqs: number[]): void {
  seqs.sort((a, b) => a - b);
  let expected = (heads.get(convId) ?? (seqs[0] ?? 1) - 1) + 1;
  for (const seq of seqs) if (seq !== expected++) throw new Error(`${convId}: after ${expected - 2} an ack says ${seq}`);
  heads.set(convId, expected - 1);
}

answer(handlers);
