import type { Conversation, ParleyClient } from '@app/sdk';
import { messageOf } from '../messages/sample';
import { createChatStore } from '../state';
import { Lines } from './lines';

const convId = 'c2c:bob:me';
const message = (seq: number) => messageOf(convId, seq, { to: 'me' });
const line = (fields: Partial<Conversation>) => ({ convId, convType: 'c2c', unread: 0, readSeq: 0, lastSeq: 0, ...fields }) as Conversation;

describe('the lines of the list, before sync has told the first time', () => {
  const asked: unknown[] = [];
  const client = {
    on: () => undefined,
    call: (action: string, data: object) => {
      asked.push({ action, ...data });
      return Promise.resolve({ readSeq: 1, unread: 7, mentionedUnread: 0 });
    },
  } as unknown as ParleyClient;
  const begin = (conversations: Record<string, Conversation> = {}) => {
    asked.length = 0;
    const store = createChatStore();
    store.setState({ conversations });
    return { store, lines: new Lines(client, store, 'me') };
  };

  it('are of an earlier visit, and go when it tells of none', () => {
    const { store, lines } = begin({ [convId]: line({ lastSeq: 3 }) });
    lines.synced([]);
    expect(store.getState()).toMatchObject({ synced: true, conversations: {} });
  });

  it('stay where something was said meanwhile that the answer does not tell', () => {
    const { store, lines } = begin();
    lines.told(message(1));
    lines.synced([]);
    expect(store.getState().conversations[convId]).toMatchObject({ lastSeq: 1, unread: 1 });
  });

  it('of an earlier visit stay as they are when an entry is older, and go: the server has another store', () => {
    const { store, lines } = begin({ [convId]: line({ lastSeq: 30 }) });
    lines.told(message(1));
    lines.synced([line({ lastSeq: 1, unread: 1 })]);
    expect(store.getState().conversations[convId]).toMatchObject({ lastSeq: 1, unread: 1 });
  });

  it('that reach further than the answer stay, and the server is asked how much is unread', async () => {
    const { store, lines } = begin({ [convId]: line({ lastSeq: 3, readSeq: 1 }) });
    lines.told(message(9));
    lines.synced([line({ lastSeq: 8, readSeq: 1, unread: 6 })]);
    expect(asked).toEqual([{ action: 'read', convId, seq: 1 }]);
    await Promise.resolve();
    expect(store.getState().conversations[convId]).toMatchObject({ lastSeq: 9, unread: 7 });
  });
});
