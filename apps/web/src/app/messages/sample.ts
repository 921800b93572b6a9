import type { Entry } from '@app/sdk';

/** A text message of a conversation, said by `bob`, for specs; what matters to one of them it says itself. */
export const messageOf = (convId: string, seq: number, fields: object = {}): Extract<Entry, { kind: 'message' }> => ({
  kind: 'message',
  convId,
  convType: convId.startsWith('c2c:') ? 'c2c' : 'group',
  seq,
  number: seq,
  serverMsgId: `s${seq}`,
  clientMsgId: `c${seq}`,
  from: 'bob',
  type: 'text',
  payload: { text: `text ${seq}` },
  timestamp: seq,
  ...fields,
});
