import type {
  ActionOutput,
  ActionRequest,
  ClientEvents,
  Conversation,
  Entry,
  EventData,
  OutgoingMessage,
  ParleyClient,
  RouteAnswer,
  RouteRequest,
  Timeline,
} from './index';

/** Compiles only when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(yes: T): T => yes;

/** Never runs: the compiler is the test (`npm run check:types`), and an error that does not come is an error. */
function misspellings(client: ParleyClient, timeline: Timeline): void {
  // @ts-expect-error: no such action
  void client.call('subscribe', { groupId: 'g' });
  // @ts-expect-error: no such field
  void client.call('subscribe_group', { groupID: 'g' });
  // @ts-expect-error: seq is a number
  void client.call('read', { groupId: 'g', seq: '1' });
  // @ts-expect-error: no such thing in the ack
  void client.call('entries', { groupId: 'g', afterSeq: 0 }).then(({ messages }) => void messages);
  // @ts-expect-error: no such event
  client.on('messages', () => undefined);
  // @ts-expect-error: no such thing in the event
  client.on('closing', ({ retryInMs }) => void retryInMs);
  // @ts-expect-error: a message names its conversation
  void client.send({ type: 'text', payload: { text: 'hi' } });
  // @ts-expect-error: only the server writes system messages
  void client.send({ to: 'bob', type: 'system', payload: {} });
  // @ts-expect-error: no such route
  void client.request('myself');
  // @ts-expect-error: this route needs to know whom
  void client.request('user');
  // @ts-expect-error: no such parameter
  void client.request('user', { params: { userId: 'bob' } });
  // @ts-expect-error: no such field in the body
  void client.request('addFriend', { body: { friend: 'bob' } });
  // @ts-expect-error: a limit is a number
  void client.request('groups', { query: { limit: '5' } });
  void client.request('favorites');
  void client.request('favorites', { query: { tags: ['read later'] } });
  // @ts-expect-error: tags are several
  void client.request('favorites', { query: { tags: 'read later' } });
  // @ts-expect-error: this route needs to know for what to look
  void client.request('searchFavorites', { query: {} });
  // @ts-expect-error: this route needs to know of whom
  void client.request('users', { query: {} });
  // @ts-expect-error: this route has no body
  void client.request('leaveGroup', { params: { id: 'g' }, body: {} });
  // @ts-expect-error: no such thing in the answer
  void client.request('me').then(({ userId }) => void userId);
  // @ts-expect-error: sync tells no such thing
  client.on('friend', () => undefined);
  // @ts-expect-error: a timeline is of a conversation
  client.timeline({ to: 'bob' });
  // @ts-expect-error: no such event of a timeline
  timeline.on('entries', () => undefined);
  timeline.on('entry', (entry) => {
    // @ts-expect-error: only a message has a payload
    if (entry.kind === 'recalled') void entry.payload;
  });
}

describe('the types of the SDK', () => {
  it('are those of the protocol', () => {
    same<Same<ActionRequest<'read'>['seq'], number>>(true);
    same<Same<ActionOutput<'entries'>['entries'], Entry[]>>(true);
    same<Same<EventData<'closing'>['reason'], 'restart'>>(true);
    same<Same<Exclude<OutgoingMessage['clientMsgId'], undefined>, string>>(true);
    same<Same<RouteRequest<'history'>['query']['beforeSeq'], number | undefined>>(true);
    same<Same<RouteRequest<'pinConversation'>['body']['pinned'], boolean>>(true);
    same<Same<RouteAnswer<'conversations'>['conversations'], Conversation[]>>(true);
    same<Same<ClientEvents['conversations'], readonly Conversation[]>>(true);
    expect(misspellings).toHaveLength(2);
  });
});
