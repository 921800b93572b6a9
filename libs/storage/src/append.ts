import type { EntryFields, EntryKind, MessageType } from '@app/protocol';
import type { Queries } from './connections';
import type { ConversationRef } from './entry-row';

/** What an entry says. */
export type Content =
  | {
      readonly kind: 'message';
      readonly type: MessageType;
      /** The payload as JSON text. */
      readonly body: string;
      readonly replyTo?: number | undefined;
      readonly mentions?: readonly string[] | undefined;
      /** When it is taken back by itself (milliseconds since 1970). */
      readonly expireAt?: number | undefined;
      /** It is taken back when the other side has read it. */
      readonly burn?: boolean | undefined;
      /** Ids of the files that it carries, each once. One that is not ready when it is stored refuses it with `NOT_FOUND`. */
      readonly files?: readonly string[] | undefined;
    }
  | { [K in EntryKind]: { readonly kind: K; readonly fields: EntryFields<K> } }[EntryKind];

/** The rule that lets a sender write, and the state of the conversation it was checked against. */
export interface WritePolicy {
  /** `acl_version` of the conversation when the rule was checked. */
  readonly version: number;
  /** How long the sender has to wait after a message of theirs, in milliseconds; 0 if they need not. The log sees to it. */
  readonly gapMs: number;
  /**
   * Checks the rule again, in the transaction that holds the conversation, and answers `gapMs` as it is now; throws an `ImError` when the
   * rule no longer holds.
   */
  again(tx: Queries, version: number): Promise<number>;
}

/** One entry that is to be written. */
export interface AppendRequest {
  readonly conversation: ConversationRef;
  readonly sender: string;
  /** Unique per conversation and sender, see `clientKey` and `serverKey`. */
  readonly key: string;
  readonly content: Content;
  readonly policy?: WritePolicy;
  readonly sequence?: AppendSequence;
}

/** Where an entry stands in its log. `timestamp` is the store's time. */
export interface Stored {
  readonly seq: number;
  readonly number: number;
  readonly timestamp: number;
  readonly serverMsgId: string;
  /** It was stored by an earlier request with the same key, and this request changed nothing. */
  readonly duplicate: boolean;
}

/**
 * The appends of one connection to one conversation. Once one of them has failed with `UNAVAILABLE`, those behind it that are not
 * stored fail too, and so do later ones until `mend()`: what a client retries in order is then stored in order.
 */
export class AppendSequence {
  private run: SequenceRun = { failedPlace: Infinity };

  /** What an append given now belongs to. */
  get current(): SequenceRun {
    return this.run;
  }

  get broken(): boolean {
    return this.run.failedPlace < Infinity;
  }

  /** The append at `place` of the log's queue has failed; without a place, everything that waits is behind it. */
  break(place = 0, run = this.run): void {
    for (const one of [run, this.run]) one.failedPlace = Math.min(one.failedPlace, place);
  }

  /** Takes new appends. Those that still wait behind the failure fail all the same. */
  mend(): void {
    if (this.broken) this.run = { failedPlace: Infinity };
  }
}

/** The appends of a sequence from one `mend()` to the next: those behind `failedPlace` fail. */
export interface SequenceRun {
  failedPlace: number;
}
