import type { OutgoingMessage, ParleyErrorCode } from '@app/sdk';

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
