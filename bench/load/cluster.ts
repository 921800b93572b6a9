import { c2cConversation, groupConversation } from '@app/protocol';
// The file itself: the index of that lib brings the whole gateway along.
import { Seeded } from '../../libs/testing/src/seeded';
import { connectAs } from '../peers/parley-wire';
import type { Address } from '../peers/peer';
import { answer } from '../rpc';
import { Latencies } from '../statistics';
import { Post, type Reply } from './post';
import type { RawSocket } from './raw-socket';

/** What is sent, and by whom. */
export type Traffic =
  /** Half of it to the group, half of it c2c, by everybody. */
  | 'mixed'
  /** To the group only, by the users of the first gateway: the others do nothing but receive. */
  | 'from-first';

/** A round of load, paced whatever comes back. */
export interface Pacing {
  readonly traffic: Traffic;
  readonly perSecond: number;
  readonly seconds: number;
  /** Who writes to whom, and how far each message is from an even beat. */
  readonly seed: number;
}

/** Latencies in ms. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a round came to. Every message was acked once and heard once, in the order of its conversation, by all who hear it. */
export interface Told {
  readonly messages: number;
  readonly seconds: number;
  /** From writing a frame to reading its ack. */
  readonly ack: Spread;
  /** From writing a frame to reading the event at another user of the same gateway, and of another one where there is one. */
  readonly near: Spread;
  readonly far: Spread | undefined;
  /** How much later than planned frames were written: what the load generator itself was kept waiting. */
  readonly late: Spread;
}

const text = 'x'.repeat(128 - '{"text":""}'.length);
/** Share of the c2c messages that go to the partner on the same gateway; with three gateways a random one is there as often. */
const nearShare = 1 / 3;
/** How long a message too many is waited for, once all that should come has come. */
const quietMs = 300;

/** Users spread evenly over gateways, all of them in one group and each with two c2c partners. */
class Crowd {
  private readonly post: Post;
  private next = 1;

  private constructor(
    private readonly sockets: readonly RawSocket[],
    private readonly gateways: number,
    private readonly groupId: string,
    groupSeqs: readonly number[],
  ) {
    const { convId } = groupConversation(groupId);
    this.post = new Post(
      groupSeqs.map((seq) => new Map([[convId, seq]])),
      (a, b) => a % gateways === b % gateways,
    );
    sockets.forEach((socket, user) => {
      socket.onEnd = (why) => this.post.fail(new Error(why));
      socket.onText = (bytes, start, end) => {
        // Before it is parsed, which delays those behind it.
        const at = performance.now();
        this.post.hear(user, JSON.parse(bytes.toString('utf8', start, end)) as Reply, at);
      };
    });
  }

  /** Connects everybody and lets each write to all they will write to, once: what is made and read then is not measured. */
  static async gather(addresses: readonly Address[], users: number): Promise<Crowd> {
    const { room: groupId } = addresses[0] as Address;
    const entered = await Promise.all(
      Array.from({ length: users }, async (_, user) => {
        const socket = await connectAs(addresses[user % addresses.length] as Address, `u${user}`);
        socket.send(JSON.stringify({ action: 'subscribe_group', ref: 's', data: { groupId } }));
        const reply = await socket.until((frame) => frame.includes('"ref":"s"'));
        if (!reply.startsWith('{"action":"ack"')) throw new Error(reply);
        return { socket, lastSeq: (JSON.parse(reply) as { data: { lastSeq: number } }).data.lastSeq };
      }),
    );
    const crowd = new Crowd(
      entered.map(({ socket }) => socket),
      addresses.length,
      groupId,
      entered.map(({ lastSeq }) => lastSeq),
    );
    for (let user = 0; user < users; user++) {
      crowd.writeToGroup(user);
      crowd.writeTo(user, crowd.farPartner(user));
      crowd.writeTo(user, crowd.nearPartner(user));
    }
    await crowd.post.settled();
    return crowd;
  }

  async run({ traffic, perSecond, seconds, seed }: Pacing): Promise<Told> {
    const { acks, near, far } = this.post.startMeasuring();
    const late = new Latencies();
    const random = new Seeded(seed);
    const first = this.next;
    const startedAt = performance.now();
    for (let turn = 0; turn < perSecond * seconds; turn++) {
      const due = startedAt + ((turn + random.next()) * 1000) / perSecond;
      const dueIn = due - performance.now();
      if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
      late.add(Math.max(0, performance.now() - due));
      this.write(traffic, turn, random);
    }
    await this.post.settled();
    const elapsed = (performance.now() - startedAt) / 1000;
    return {
      messages: this.next - first,
      seconds: elapsed,
      ack: spreadOf(acks),
      near: spreadOf(near),
      far: far.total > 0 ? spreadOf(far) : undefined,
      late: spreadOf(late),
    };
  }

  /** Throws when anything comes that nobody waits for. */
  async listen(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    await this.post.settled();
  }

  private write(traffic: Traffic, turn: number, random: Seeded): void {
    const { length } = this.sockets;
    if (traffic === 'from-first') return this.writeToGroup(random.below(length / this.gateways) * this.gateways);
    const user = random.below(length);
    if (turn % 2 === 0) this.writeToGroup(user);
    else this.writeTo(user, random.chance(nearShare) ? this.nearPartner(user) : this.farPartner(user));
  }

  /** The neighbour, who sits on another gateway, if there is one. */
  private farPartner(user: number): number {
    return user ^ 1;
  }

  /** Half the crowd away, on the same gateway. */
  private nearPartner(user: number): number {
    const { length } = this.sockets;
    return (user + length / 2) % length;
  }

  private writeToGroup(user: number): void {
    const hearers = this.sockets.length;
    this.send(user, `"groupId":"${this.groupId}"`, groupConversation(this.groupId).convId, hearers);
  }

  private writeTo(user: number, partner: number): void {
    this.send(user, `"to":"u${partner}"`, c2cConversation(`u${user}`, `u${partner}`).convId, 2);
  }

  private send(user: number, target: string, convId: string, hearers: number): void {
    const number = this.next++;
    const frame = `{"action":"send","ref":"${number}","data":{${target},"type":"text","clientMsgId":"m${number}","payload":{"text":"${text}"}}}`;
    this.post.sent(number, { sender: user, convId, hearers, at: performance.now() });
    this.sockets[user]?.send(frame);
  }
}

const spreadOf = (latencies: Latencies): Spread => ({ p50: latencies.quantile(0.5), p99: latencies.quantile(0.99), max: latencies.max });

/** What the cluster's load generator can be asked. */
export type ClusterLoad = typeof handlers;

let crowd: Crowd | undefined;

const gathered = (): Crowd => {
  if (!crowd) throw new Error('nobody is connected');
  return crowd;
};

const handlers = {
  /** The number of users is even, and its half a multiple of the number of gateways. */
  connect: async ({ addresses, users }: { addresses: readonly Address[]; users: number }): Promise<void> => {
    crowd = await Crowd.gather(addresses, users);
  },
  run: (pacing: Pacing): Promise<Told> => gathered().run(pacing),
  check: (_: null): Promise<void> => gathered().listen(),
};

answer(handlers);
