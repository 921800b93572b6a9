import type { Message } from '@app/sdk';

/** What the field is about to do with a message. */
export interface Intent {
  readonly kind: 'reply' | 'edit';
  readonly message: Message;
}
