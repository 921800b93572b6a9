import { setTimeout as sleep } from 'node:timers/promises';
import { connectAs } from '../peers/parley-wire';
import type { Address } from '../peers/peer';
import { answer } from '../rpc';
import { Latencies } from '../statistics';
import type { Spread } from './cluster';
import type { RawSocket } from './raw-socket';

/** What came of a burst. Every message was acked once, and heard once and in order by each who has subscribed. */
export interface Burst {
  readonly ack: Spread;
  /** From writing a frame to reading the event at a subscriber. */
  readonly delivery: Spread;
  /** Nudges of the group to a member who is online and has not subscribed: the fewest and the most that one got. */
  readonly nudges: { readonly least: number; readonly most: number } | undefined;
  /** From the last message to the first and to the last nudge, in ms. */
  readonly nudgedAfter: { readonly first: number; readonly last: number } | undefined;
}

/** What came of messages at a pace. */
export interface Paced {
  readonly messages: number;
  readonly seconds: number;
  readonly ack: Spread;
}

const underway = 50;
const patienceMs = 30_000;
const text = 'x'.repeat(128 - '{"text":""}'.length);
const actionAt = '{"action":"'.length;

let sockets: RawSocket[] = [];
let users: readonly string[] = [];
let next = 1;
let broken: Error | undefined;
/** When each message was written that is not acked yet. */
const unacked = new Map<number, number>();
let acks = new Latencies();
let writtenAt = new Map<number, number>();
/** Of the group that is subscribed to: how many heard, what each has heard up to, and how long it took. */
let subscribed = 0;
let heard = 0;
let deliveries = new Latencies();
const positions: number[] = [];
/** Of the group of a burst, by connection. */
let watched = '';
let nudges = new Uint16Array(0);
let heights = new Float64Array(0);
let nudgedAt = { first: 0, last: 0 };
let pumping = false;

const handlers = {
  /** Connects users, spread evenly over the gateways. */
  connect: async ({ addresses, userIds }: { addresses: readonly Address[]; userIds: readonly string[] }): Promise<void> => {
    const opened: RawSocket[] = [];
    let begun = 0;
    const openSome = async (): Promise<void> => {
      while (begun < userIds.length) {
        const index = begun++;
        opened[index] = await connectAs(addresses[index % addresses.length] as Address, userIds[index] as string);
        listen(opened[index], index);
      }
    };
    await Promise.all(Array.from({ length: underway }, openSome));
    [sockets, users] = [opened, userIds];
    nudges = new Uint16Array(sockets.length);
    heights = new Float64Array(sockets.length);
  },
  /** The first so many subscribe to a group. */
  subscribe: async ({ groupId, count }: { groupId: string; count: number }): Promise<void> => {
    for (const [index, socket] of sockets.slice(0, count).entries()) {
      socket.send(JSON.stringify({ action: 'subscribe_group', ref: 's', data: { groupId } }));
      const reply = await socket.until((frame) => frame.includes('"ref":"s"'));
      if (!reply.startsWith('{"action":"ack"')) throw new Error(reply);
      listen(socket, index);
    }
    subscribed = count;
  },
  /** The first one says so much within so long; `nudged` tells whether those who have not subscribed are members. */
  burst: async (burst: { groupId: string; messages: number; ms: number; nudged: boolean; quietMs: number }): Promise<Burst> => {
    const { groupId, messages, ms, nudged, quietMs } = burst;
    [acks, deliveries, writtenAt, heard] = [new Latencies(), new Latencies(), new Map<number, number>(), 0];
    positions.length = 0;
    watched = `"convId":"group:${groupId}"`;
    nudges.fill(0);
    heights.fill(0);
    nudgedAt = { first: 0, last: 0 };
    const startedAt = performance.now();
    for (let index = 0; index < messages; index++) {
      await sleepUntil(startedAt + (index * ms) / messages);
      say(0, `"groupId":"${groupId}"`);
    }
    const lastAt = performance.now();
    const told = () => !nudged || heights.subarray(subscribed).every((height) => height >= (positions[0] ?? Infinity));
    await until(() => unacked.size === 0 && heard === messages * subscribed && told());
    // What would be one nudge too many.
    await sleep(quietMs);
    check();
    const counts = nudges.subarray(subscribed);
    return {
      ack: spreadOf(acks),
      delivery: spreadOf(deliveries),
      nudges: nudged ? { least: Math.min(...counts), most: Math.max(...counts) } : undefined,
      nudgedAfter: nudged ? { first: nudgedAt.first - lastAt, last: nudgedAt.last - lastAt } : undefined,
    };
  },
  /** The first one says something in each of the groups, twice a second, until `rest`. */
  pump: ({ groupIds }: { groupIds: readonly string[] }): void => {
    pumping = true;
    const startedAt = performance.now();
    const turn = async (): Promise<void> => {
      for (let index = 0; pumping; index++) {
        await sleepUntil(startedAt + (index * 500) / groupIds.length);
        say(0, `"groupId":"${groupIds[index % groupIds.length]}"`);
      }
    };
    turn().catch(fail);
  },
  rest: async (_: null): Promise<void> => {
    pumping = false;
    await until(() => unacked.size === 0);
  },
  /** All in turn say something at a pace: in these groups, and where a target is `null`, to each other. */
  say: async (pacing: { targets: readonly (string | null)[]; perSecond: number; seconds: number }): Promise<Paced> => {
    const { targets, perSecond, seconds } = pacing;
    acks = new Latencies();
    const startedAt = performance.now();
    const messages = Math.max(1, Math.round(perSecond * seconds));
    for (let turn = 0; turn < messages; turn++) {
      await sleepUntil(startedAt + (turn * 1_000) / perSecond);
      const user = turn % sockets.length;
      const target = targets[Math.floor(turn / sockets.length) % targets.length];
      say(user, target == null ? `"to":"${users[user ^ 1]}"` : `"groupId":"${target}"`);
    }
    await until(() => unacked.size === 0);
    return { messages, seconds: (performance.now() - startedAt) / 1000, ack: spreadOf(acks) };
  },
};

/** What users of a group can be asked. */
export type MembersLoad = typeof handlers;

function listen(socket: RawSocket, index: number): void {
  socket.onEnd = (why) => fail(new Error(why));
  socket.onText = (bytes, start, end) => {
    const at = performance.now();
    const frame = bytes.toString('latin1', start, end);
    if (frame.startsWith('ack', actionAt)) hearAck(frame, at);
    else if (frame.startsWith('conversation', actionAt)) hearNudge(index, frame, at);
    else if (frame.startsWith('message', actionAt)) hearMessage(index, frame, at);
    else if (frame.startsWith('error', actionAt)) fail(new Error(frame));
  };
}

function hearAck(frame: string, at: number): void {
  const number = Number(/"ref":"(\d+)"/.exec(frame)?.[1]);
  const since = unacked.get(number);
  if (since === undefined) return fail(new Error(`an ack too many: ${frame}`));
  unacked.delete(number);
  acks.add(at - since);
}

function hearMessage(index: number, frame: string, at: number): void {
  if (index >= subscribed) return;
  const since = writtenAt.get(Number(/"clientMsgId":"m(\d+)"/.exec(frame)?.[1]));
  // A group that is subscribed to beside the one of the burst is silent meanwhile.
  if (since === undefined) return;
  const seq = seqIn(frame, 'seq');
  const last = positions[index];
  if (last !== undefined && seq !== last + 1) return fail(new Error(`subscriber ${index} heard ${seq} after ${last}`));
  positions[index] = seq;
  heard++;
  deliveries.add(at - since);
}

function hearNudge(index: number, frame: string, at: number): void {
  if (watched === '' || !frame.includes(watched)) return;
  nudges[index] = (nudges[index] ?? 0) + 1;
  heights[index] = Math.max(heights[index] ?? 0, seqIn(frame, 'lastSeq'));
  if (index < subscribed) return fail(new Error(`subscriber ${index} was nudged`));
  nudgedAt = { first: nudgedAt.first || at, last: at };
}

const seqIn = (frame: string, name: 'seq' | 'lastSeq'): number => Number(new RegExp(`"${name}":(\\d+)`).exec(frame)?.[1]);

function say(user: number, target: string): void {
  const number = next++;
  const frame = `{"action":"send","ref":"${number}","data":{${target},"type":"text","clientMsgId":"m${number}","payload":{"text":"${text}"}}}`;
  const at = performance.now();
  unacked.set(number, at);
  writtenAt.set(number, at);
  sockets[user]?.send(frame);
}

function fail(error: unknown): void {
  broken ??= error as Error;
}

function check(): void {
  if (broken) throw broken;
}

async function sleepUntil(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await sleep(ms);
}

async function until(done: () => boolean): Promise<void> {
  for (const deadline = performance.now() + patienceMs; !done(); await sleep(5)) {
    check();
    if (performance.now() > deadline) throw new Error(`${unacked.size} messages without an ack, ${heard} deliveries, not all told`);
  }
  check();
}

const spreadOf = (latencies: Latencies): Spread => ({ p50: latencies.quantile(0.5), p99: latencies.quantile(0.99), max: latencies.max });

answer(handlers);
