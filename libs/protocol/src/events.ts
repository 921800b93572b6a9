import { z } from 'zod';
import { closingSchema, connectedSchema, resyncSchema } from './connection';
import { friendRequestSchema, friendSchema } from './friends';
import { userIdSchema } from './ids';
import { conversationEventSchema, settingsSchema } from './conversations';
import { groupRemovedEventSchema, groupRequestSchema, groupSchema } from './groups';
import { entryEventSchema, messageSchema } from './messages';
import { presenceEventSchema } from './presence';
import { readEventSchema, receiptEventSchema } from './receipts';
import { typingEventSchema } from './typing';

/** Every event that the server tells, by its name on the wire. */
export const events = {
  connected: { summary: 'The first frame of a connection', data: connectedSchema },
  message: { summary: 'A message was stored', data: messageSchema },
  entry: { summary: 'An entry that is not a message was stored', data: entryEventSchema },
  read: { summary: "To the user's own devices: the read position moved; a hint whose truth is sync", data: readEventSchema },
  friend_request: {
    summary: 'A request for friendship was made or settled: to the devices of both; a hint whose truth is sync',
    data: friendRequestSchema,
  },
  friend_added: { summary: 'Somebody is a friend now: to the devices of both; a hint whose truth is sync', data: friendSchema },
  friend_removed: {
    summary: 'Somebody is no friend any more: to the devices of both; a hint whose truth is sync',
    data: z.object({ userId: userIdSchema }),
  },
  group_request: {
    summary:
      'An invitation into a group, or a request to join one, was made or settled: to the devices of the user, for a request of the owner, and when an invitation is settled of who invited; a hint whose truth is sync',
    data: groupRequestSchema,
  },
  group_joined: { summary: "To the user's own devices: a member of a group now; a hint whose truth is sync", data: groupSchema },
  group_removed: {
    summary: "To the user's own devices: no member of a group any more; a hint whose truth is sync",
    data: groupRemovedEventSchema,
  },
  typing: {
    summary: 'To those who hear a conversation: somebody else is writing there, or not any more; never stored',
    data: typingEventSchema,
  },
  presence: {
    summary:
      'To the devices of friends: somebody came with their first device, or went with the last and did not come back at once; a hint',
    data: presenceEventSchema,
  },
  receipt: {
    summary: 'To the other side of a c2c: how far the user is; state, which sync tells again',
    data: receiptEventSchema,
  },
  conversation_settings: {
    summary: "To the user's own devices: what they set in a conversation is different now; a hint whose truth is sync",
    data: settingsSchema,
  },
  conversation: {
    summary:
      'To members who have not subscribed to a group on this connection: something was said there; gathered to at most one a second, a hint whose truth is sync',
    data: conversationEventSchema,
  },
  resync: { summary: 'Call sync', data: resyncSchema },
  closing: { summary: 'The server will close this connection; come back after the delay', data: closingSchema },
} as const;

export type EventName = keyof typeof events;
export type EventData<E extends EventName> = z.output<(typeof events)[E]['data']>;
