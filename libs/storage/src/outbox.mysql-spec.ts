import { tmpdir } from 'node:os';
import { Metrics } from '@app/kit';
import { groupConversation } from '@app/protocol';
import { dropDatabase, sharedMysql } from '@app/testing';
import { ConversationLog } from './conversation-log';
import { ConversationStore } from './conversation.store';
import { Database } from './database';
import { clientKey } from './entry-row';
import { OutboxStore } from './outbox.store';

describe('the outbox of several gateways', () => {
  let url: string;
  let database: Database;
  let log: ConversationLog;

  beforeEach(async () => {
    url = await sharedMysql();
    database = await Database.open({ url, dataDir: tmpdir() });
    log = new ConversationLog(database, { queueLimit: 100, metrics: new Metrics({ defaults: false }) });
  });
  afterEach(async () => {
    await log.close();
    await database.close();
    await dropDatabase(url);
  });

  it('takes away what was handed over, and keeps of a row that was raised meanwhile what is new', async () => {
    const [conversations, outbox] = [new ConversationStore(database), new OutboxStore(database)];
    const [one, other] = [await conversations.ensure(groupConversation('one')), await conversations.ensure(groupConversation('other'))];
    let keys = 0;
    const send = (conversation = one, mentions?: readonly string[]) =>
      log.append({
        conversation,
        sender: 'ada',
        key: clientKey(`${keys++}`),
        content: { kind: 'message', type: 'text', body: '{}', mentions },
      });
    await send(one, ['bob', 'cem']);
    await send(other, ['bob']);
    const rows = await outbox.due(0, 10);
    await send(one, ['dan']);
    await outbox.settle(rows);
    const [left, ...more] = await outbox.due(0, 10);
    expect(more).toEqual([]);
    expect(left).toMatchObject({ convId: 'group:one', seq: 2, mentions: ['dan'] });
    expect(left?.at).toBeGreaterThan(rows[0]?.at ?? Infinity);
    await outbox.settle(left ? [left] : []);
    expect(await outbox.count()).toBe(0);
  });
});
