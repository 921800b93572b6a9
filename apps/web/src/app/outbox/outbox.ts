import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type Entry, type OutgoingMessage, type ParleyClient, ParleyError, type ParleyErrorCode, newClientMsgId } from '@app/sdk';

/** A message that is not stored at the server yet. It is kept in the browser until it is, or until its writer drops it. */
export interface OutboxItem {
  readonly clientMsgId: string;
  readonly userId: string;
  readonly convId: string;
  readonly message: OutgoingMessage;
  readonly createdAt: number;
  /** Set when the server refused it: it is sent again only when the writer says so. */
  readonly refused?: ParleyErrorCode;
  /** Set when it is stored, until the conversation shows it at its place. */
  readonly storedSeq?: number;
}

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxItem; indexes: { userId: string } };
}

const database = (): Promise<IDBPDatabase<Schema>> =>
  openDB<Schema>('parley', 1, {
    upgrade: (created) => created.createObjectStore('outbox', { keyPath: 'clientMsgId' }).createIndex('userId', 'userId'),
  });

/** Reasons that say nothing about the message: it is sent again by itself when there is a client again. */
const passing: readonly ParleyErrorCode[] = ['CLOSED', 'DISCONNECTED', 'QUEUE_FULL'];

/**
 * The messages of a user that wait. Each is written to the browser's database before it is sent, so neither a reload nor a crash loses
 * it; its `clientMsgId` lets the server store it once, whichever tab sends it how often.
 */
export class Outbox {
  private items: readonly OutboxItem[] = [];
  private readonly opened = database();

  constructor(
    private readonly client: ParleyClient,
    private readonly userId: string,
    private readonly changed: (items: readonly OutboxItem[]) => void,
  ) {}

  /** Sends what an earlier page left, oldest first. */
  async resume(): Promise<void> {
    const kept = await (await this.opened).getAllFromIndex('outbox', 'userId', this.userId);
    const known = new Set(this.items.map(({ clientMsgId }) => clientMsgId));
    const left = kept.filter(({ clientMsgId }) => !known.has(clientMsgId)).sort((a, b) => a.createdAt - b.createdAt);
    this.set([...left, ...this.items]);
    for (const item of left) if (item.refused === undefined) void this.deliver(item);
  }

  /** Takes a message; it shows at once. Resolves when it is safe in the browser and on its way. */
  async add(convId: string, message: OutgoingMessage): Promise<void> {
    const clientMsgId = message.clientMsgId ?? newClientMsgId();
    // Of two in one millisecond the second is the later one, after a reload too.
    const createdAt = Math.max(Date.now(), (this.items.at(-1)?.createdAt ?? 0) + 1);
    const item: OutboxItem = { clientMsgId, userId: this.userId, convId, message: { ...message, clientMsgId }, createdAt };
    this.set([...this.items, item]);
    // A browser that keeps nothing (a private window) still sends.
    await this.keep(item).catch(() => undefined);
    void this.deliver(item);
  }

  /** Sends a refused one again. */
  async retry(clientMsgId: string): Promise<void> {
    const item = this.items.find((one) => one.clientMsgId === clientMsgId);
    if (!item) return;
    const { refused: _, ...again } = item;
    this.replace(again);
    await this.keep(again).catch(() => undefined);
    void this.deliver(again);
  }

  /** The conversation shows everything up to there, and these entries: what is stored is not needed here any more. */
  settle(convId: string, upToSeq: number, entries: readonly Entry[]): void {
    if (!this.items.some((item) => item.convId === convId)) return;
    // Its entry may come before its ack.
    const shown = new Set(entries.map((entry) => (entry.kind === 'message' && entry.from === this.userId ? entry.clientMsgId : undefined)));
    const isSettled = ({ storedSeq, clientMsgId }: OutboxItem) =>
      (storedSeq !== undefined && storedSeq <= upToSeq) || shown.has(clientMsgId);
    const left = this.items.filter((item) => item.convId !== convId || !isSettled(item));
    if (left.length !== this.items.length) this.set(left);
  }

  /** Gives a message up. */
  async drop(clientMsgId: string): Promise<void> {
    this.set(this.items.filter((item) => item.clientMsgId !== clientMsgId));
    await (await this.opened).delete('outbox', clientMsgId).catch(() => undefined);
  }

  private async deliver(item: OutboxItem): Promise<void> {
    try {
      const { seq } = await this.client.send(item.message);
      this.replace({ ...item, storedSeq: seq });
      await (await this.opened).delete('outbox', item.clientMsgId).catch(() => undefined);
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : 'INTERNAL';
      if (passing.includes(code)) return;
      const refused = { ...item, refused: code };
      this.replace(refused);
      await this.keep(refused).catch(() => undefined);
    }
  }

  private async keep(item: OutboxItem): Promise<void> {
    await (await this.opened).put('outbox', item);
  }

  private replace(item: OutboxItem): void {
    this.set(this.items.map((one) => (one.clientMsgId === item.clientMsgId ? item : one)));
  }

  private set(items: readonly OutboxItem[]): void {
    this.items = items;
    this.changed(items);
  }
}
