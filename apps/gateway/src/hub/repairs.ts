import { setTimeout as sleep } from 'node:timers/promises';
import type { Background, Log, Metrics } from '@app/kit';
import type { ConversationRef, ConversationStore, EntryStore, Window } from '@app/storage';
import { entryEnvelope } from './envelope';
import { type Feed, type Place, endsPlace } from './feed';

const holeWaitMs = 50;
const retryReadMs = 1_000;
const pageSize = 200;
/** At a first sight, what was stored while this gateway listened and did not hear is read back this far. */
const firstSightLimit = 500;
const everything: Window = { from: 1, until: null };

/** What repairs work with. */
export interface RepairParts {
  readonly entries: EntryStore;
  readonly conversations: ConversationStore;
  readonly metrics: Metrics;
  readonly background: Background;
  readonly log: Log;
}

/** Reads from the store what feeds lack and what subscriptions missed. */
export class Repairs {
  private closed = false;

  constructor(private readonly parts: RepairParts) {}

  /** Reads no more. */
  close(): void {
    this.closed = true;
  }

  /** Lets a hole wait a moment for the entry that may be on its way, then reads it from the store. */
  mend(feed: Feed, waitMs = holeWaitMs): void {
    if (feed.repairing || !feed.cursor?.hasHole || this.closed) return;
    feed.repairing = true;
    setTimeout(() => this.parts.background.run('repair', this.repair(feed)), waitMs).unref();
  }

  /** Begins a feed with what was stored below `seq` after `since` (store time); `begin` is told the position before it. */
  beginSince(feed: Feed, seq: number, since: number, begin: (position: number) => void): void {
    feed.repairing = true;
    this.parts.background.run('first sight', this.readSince(feed, seq, since, begin));
  }

  /** Sends pages from the store as the socket drains, until the ring has the rest. */
  async catchUp(ref: ConversationRef, feed: Feed, place: Place): Promise<void> {
    while (!place.ended) {
      if (feed.join(place)) return;
      const passed = feed.position;
      const page = await this.untilRead(
        () => this.parts.entries.after(ref, everything, place.position, pageSize),
        () => place.ended,
      );
      if (!page) return;
      // Other subscriptions of the same connection may have filled it meanwhile.
      while (place.box.behind && !place.ended) await place.box.drained();
      // The store lacks what was passed on by then; what came since is not behind this place.
      if (page.items.length === 0) place.position = passed;
      for (const entry of page.items) {
        if (place.ended) return;
        const { head, body } = entryEnvelope(entry, 0);
        place.box.push(body);
        place.position = entry.seq;
        if (endsPlace(place, head)) place.ended = true;
      }
      await place.box.drained();
    }
  }

  private async readSince(feed: Feed, seq: number, since: number, begin: (position: number) => void): Promise<void> {
    const missed = await this.untilRead(
      async () => {
        const ref = await this.parts.conversations.find(feed.name);
        return ref ? this.parts.entries.since(ref, seq, since, firstSightLimit) : [];
      },
      () => feed.dropped,
    );
    if (!missed) return;
    begin((missed[0]?.seq ?? seq) - 1);
    for (const entry of missed) feed.offer(entryEnvelope(entry, 0));
    feed.repairing = false;
    this.mend(feed);
  }

  /** What the store answers, sooner or later; `undefined` when nobody wants it any more. */
  private async untilRead<T>(read: () => Promise<T>, unwanted: () => boolean): Promise<T | undefined> {
    while (!unwanted() && !this.closed) {
      try {
        const answer = await read();
        return unwanted() ? undefined : answer;
      } catch (error) {
        this.parts.log.warn({ err: error }, 'what listeners miss cannot be read, trying again');
        await sleep(retryReadMs, undefined, { ref: false });
      }
    }
    return undefined;
  }

  /** The store had nothing after the position. Where its log ends there, what spoke of more was wrong; otherwise entries are gone. */
  private async giveUp(feed: Feed, ref: ConversationRef | undefined): Promise<void> {
    const { position } = feed;
    const last = ref ? (await this.parts.conversations.head(ref)).last_seq : 0;
    if (ref && last > position) {
      // They may have been stored since the first look: what the head counts is there, or nowhere.
      await this.readAfter(feed, ref, position);
      if (feed.dropped || feed.position > position) return;
      this.parts.log.error({ convId: feed.name.convId, after: position }, 'the store lacks entries below the head of a conversation');
      this.parts.metrics.hubGaps.inc({ repaired: 'no' });
    }
    if (feed.position === position) feed.skip(last);
  }

  private async readAfter(feed: Feed, ref: ConversationRef, position: number): Promise<void> {
    const { items } = await this.parts.entries.after(ref, everything, position, pageSize);
    for (const entry of items) feed.offer(entryEnvelope(entry, 0));
  }

  private async repair(feed: Feed): Promise<void> {
    try {
      if (!feed.cursor?.hasHole || feed.dropped || this.closed) {
        feed.repairing = false;
        return;
      }
      const before = feed.position;
      const ref = await this.parts.conversations.find(feed.name);
      if (ref) await this.readAfter(feed, ref, before);
      if (feed.dropped) return;
      if (feed.position > before) this.parts.metrics.hubGaps.inc({ repaired: 'yes' });
      else await this.giveUp(feed, ref);
      feed.repairing = false;
      this.mend(feed, 0);
    } catch (error) {
      feed.repairing = false;
      this.mend(feed, retryReadMs);
      throw error;
    }
  }
}
