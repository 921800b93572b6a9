import type { Duplex } from 'node:stream';
import { RedisBus, redisConnector } from '@app/bus';
import { Background, Metrics, createLog, systemClock } from '@app/kit';
import { groupConversation } from '@app/protocol';
import { ConversationStore, Database, EntryStore } from '@app/storage';
// The gateway's own parts: nothing of it listens here, and nothing is written to a socket.
import type { Head } from '../../apps/gateway/src/hub/envelope';
import { Hub } from '../../apps/gateway/src/hub/hub';
import { Outbox } from '../../apps/gateway/src/hub/outbox';
import { sharedStore } from '../../apps/gateway/src/hub/shared-store';
import { Turn } from '../../apps/gateway/src/hub/turn';
import { answer } from '../rpc';

const sweepMs = 5_000;
const outboxLimit = 1024 * 1024;
const patienceMs = 20_000;

/** Where the servers are, and what is listened to. `prefix` is of the channels. */
export interface Place {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly groupId: string;
}

/** What the receiving process can be asked. */
export type ReceivingHub = typeof handlers;

/** Stands where a subscriber's socket is: counts instead of writing. */
class Counting {
  writable = true;
  destroyed = false;
  writableLength = 0;
  writableHighWaterMark = 16 * 1024;
  writableNeedDrain = false;
  messages = 0;
  private wake: () => void = () => undefined;
  private goal = Infinity;

  /** Whole frames: one for each message that the hub passed on. */
  write(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length;) {
      at += 4 + bytes.readUInt16BE(at + 2);
      this.messages++;
    }
    if (this.messages >= this.goal) this.wake();
    return true;
  }

  /** Resolves when so many have come in all. Throws when they do not. */
  async reached(messages: number): Promise<void> {
    if (this.messages >= messages) return;
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.goal = messages;
      this.wake = resolve;
      late = setTimeout(() => reject(new Error(`${this.messages} of ${messages} messages came`)), patienceMs);
    });
    clearTimeout(late);
  }

  cork(): void {
    return;
  }

  uncork(): void {
    return;
  }
}

const socket = new Counting();
const turn = new Turn();

const handlers = {
  /** Wires bus and hub as a gateway does, with one subscriber of the group. Resolves when it hears what others publish. */
  open: async ({ databaseUrl, redisUrl, prefix, groupId }: Place): Promise<void> => {
    const database = await Database.open({ url: databaseUrl, dataDir: '' });
    const conversations = new ConversationStore(database);
    const metrics = new Metrics({ defaults: false });
    const log = createLog('warn');
    const bus = new RedisBus<Head>({ connect: redisConnector(redisUrl), prefix });
    const background = new Background(log, metrics.backgroundFailures);
    const shared = sharedStore(database, conversations, sweepMs);
    const entries = new EntryStore(database);
    const hub = new Hub({ bus, gatewayId: 'bench', clock: systemClock, log, metrics, background, entries, conversations, turn, shared });
    await hub.start();
    const ref = await conversations.ensure(groupConversation(groupId));
    const box = new Outbox(socket as unknown as Duplex, turn, outboxLimit, () => {
      throw new Error('the subscriber is too slow');
    });
    const admit = () => Promise.resolve({ lastSeq: 0, from: 1 });
    const subscribed = await hub.subscribe(ref, { box, userId: 'u1' }, admit, { fromSeq: undefined, limit: 0 });
    subscribed.start();
    while (!hub.busUp) await new Promise((resolve) => setTimeout(resolve, 10));
  },
  /** Waits until so many messages have come, in all; answers how many. Throws when they do not come. */
  reached: async ({ messages }: { messages: number }): Promise<number> => {
    await socket.reached(messages);
    return socket.messages;
  },
};

answer(handlers);
