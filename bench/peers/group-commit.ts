import { Metrics } from '@app/kit';
import { ConversationLog, Database, clientKey } from '@app/storage';
import { type DirectLog, conversationAt, countsOf, prepare, senderId } from './direct-log';

/** Parley's own log, as the gateway uses it. */
export async function openGroupCommit(dataDir: string, conversations: number, senders: number): Promise<DirectLog> {
  const all = await prepare(dataDir, conversations, senders);
  const database = await Database.open({ url: '', dataDir });
  const log = new ConversationLog(database, { queueLimit: 10_000, metrics: new Metrics({ defaults: false }) });
  return {
    append: async (sender, turn, key, body) => {
      const conversation = conversationAt(all, sender, turn);
      const content = { kind: 'message', type: 'text', body } as const;
      const { seq } = await log.append({ conversation, sender: senderId(sender), key: clientKey(key), content });
      return { rowId: conversation.rowId, seq };
    },
    counts: () => countsOf(database),
  };
}
