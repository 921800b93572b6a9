import { type EventData, type ParleyClient, type Target } from '@app/sdk';
import type { ChatStore } from '../state';

/** Somebody counts as writing for so long (ms) after they were told to; `typing` comes every 3 s. */
const typingLastsMs = 5_000;
/** The others are told so often (ms) that something is being written. */
const tellEveryMs = 3_000;

/** Who is writing where: what the others tell, and what they are told. Hints that nobody waits for. */
export class Typing {
  private readonly told = new Map<string, number>();

  constructor(
    private readonly client: ParleyClient,
    private readonly store: ChatStore,
    private readonly targetOf: (convId: string) => Target,
  ) {}

  /** Something is being written here. */
  begin(convId: string): void {
    const now = Date.now();
    if (now - (this.told.get(convId) ?? 0) < tellEveryMs) return;
    this.told.set(convId, now);
    this.tell(convId, true);
  }

  /** Nothing is being written here any more. */
  end(convId: string): void {
    if (this.told.delete(convId)) this.tell(convId, false);
  }

  /** Somebody else writes, or has stopped. */
  heard({ convId, userId, typing }: EventData<'typing'>): void {
    if (!typing) return this.stopped(convId, userId);
    const until = Date.now() + typingLastsMs;
    this.store.setState(({ typing: all }) => ({ typing: { ...all, [convId]: { ...all[convId], [userId]: until } } }));
    setTimeout(() => {
      if ((this.store.getState().typing[convId]?.[userId] ?? Infinity) <= Date.now()) this.stopped(convId, userId);
    }, typingLastsMs + 50);
  }

  /** Somebody has said what they wrote. */
  stopped(convId: string, userId: string): void {
    const writers = this.store.getState().typing[convId];
    if (!writers || !(userId in writers)) return;
    const { [userId]: _, ...rest } = writers;
    this.store.setState(({ typing }) => ({ typing: { ...typing, [convId]: rest } }));
  }

  private tell(convId: string, typing: boolean): void {
    if (this.client.status === 'online') void this.client.call('typing', { ...this.targetOf(convId), typing }).catch(() => undefined);
  }
}
