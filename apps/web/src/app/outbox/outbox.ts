import { type Entry, type OutgoingMessage, type ParleyClient, ParleyError, type ParleyErrorCode, newClientMsgId } from '@app/sdk';
import type { OutboxItem } from './item';
import { BrowserShelf, type Shelf } from './shelf';

/** Reasons that say nothing about the message: it is sent again by itself when there is a client again. */
const passing: readonly ParleyErrorCode[] = ['CLOSED', 'DISCONNECTED', 'QUEUE_FULL'];

/**
 * The messages of a user that wait. Each is written to the browser's database before it is sent, so neither a reload nor a crash loses
 * it; its `clientMsgId` lets the server store it once, whichever tab sends it how often.
 */
export class Outbox {
  private items: readonly OutboxItem[] = [];
  /** What is under way, and what needs no sending any more. */
  private readonly handled = new Set<string>();

  constructor(
    private readonly client: Pick<ParleyClient, 'send'>,
    private readonly userId: string,
    private readonly changed: (items: readonly OutboxItem[]) => void,
    private readonly shelf: Shelf = new BrowserShelf(),
  ) {}

  /**
   * Sends what waits in the browser, oldest first: what an earlier page left, or another tab that was closed. To be called again whenever
   * there is a connection.
   */
  async resume(): Promise<void> {
    const left = (await this.shelf.ofUser(this.userId)).filter(({ clientMsgId }) => !this.handled.has(clientMsgId));
    const known = new Set(this.items.map(({ clientMsgId }) => clientMsgId));
    const found = left.filter(({ clientMsgId }) => !known.has(clientMsgId));
    if (found.length > 0) this.set([...found, ...this.items].sort((a, b) => a.createdAt - b.createdAt));
    for (const item of left) if (item.refused === undefined) void this.deliver(item);
  }

  /** Takes a message; it shows at once. Resolves when it is safe in the browser and on its way. */
  async add(convId: string, message: OutgoingMessage): Promise<void> {
    const clientMsgId = message.clientMsgId ?? newClientMsgId();
    // Of two in one millisecond the second is the later one, after a reload too.
    const createdAt = Math.max(Date.now(), (this.items.at(-1)?.createdAt ?? 0) + 1);
    const item: OutboxItem = { clientMsgId, userId: this.userId, convId, message: { ...message, clientMsgId }, createdAt };
    this.set([...this.items, item]);
    // While it is being kept, nobody else may take it for one that was left.
    this.handled.add(clientMsgId);
    await this.shelf.put(item);
    void this.deliver(item);
  }

  /** Sends a refused one again. */
  async retry(clientMsgId: string): Promise<void> {
    const item = this.items.find((one) => one.clientMsgId === clientMsgId);
    if (!item) return;
    const { refused: _, ...again } = item;
    this.replace(again);
    this.handled.add(clientMsgId);
    await this.shelf.put(again);
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
    this.handled.add(clientMsgId);
    this.set(this.items.filter((item) => item.clientMsgId !== clientMsgId));
    await this.shelf.remove(clientMsgId);
  }

  private async deliver(item: OutboxItem): Promise<void> {
    const { clientMsgId } = item;
    this.handled.add(clientMsgId);
    const { seq, code } = await this.client.send(item.message).then(
      (ack) => ({ seq: ack.seq, code: undefined }),
      (error: unknown) => ({ seq: undefined, code: error instanceof ParleyError ? error.code : ('INTERNAL' as const) }),
    );
    if (code === undefined) {
      this.replace({ ...item, storedSeq: seq });
      await this.shelf.remove(clientMsgId);
    } else if (passing.includes(code)) this.handled.delete(clientMsgId);
    else if (this.items.some((one) => one.clientMsgId === clientMsgId)) {
      const refused = { ...item, refused: code };
      this.replace(refused);
      await this.shelf.put(refused);
    }
  }

  private replace(item: OutboxItem): void {
    this.set(this.items.map((one) => (one.clientMsgId === item.clientMsgId ? item : one)));
  }

  private set(items: readonly OutboxItem[]): void {
    this.items = items;
    this.changed(items);
  }
}
