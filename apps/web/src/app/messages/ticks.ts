import type { Conversation } from '@app/sdk';

/** How far an own message of a c2c has come. */
export type Tick = 'sent' | 'delivered' | 'read';

/** What is known of an own message by the receipt of the other side. */
export function tickOf(seq: number, receipt: Conversation['receipt']): Tick {
  if (!receipt) return 'sent';
  if (receipt.readSeq >= seq) return 'read';
  return receipt.deliveredSeq >= seq ? 'delivered' : 'sent';
}
