import { Metrics } from '@app/kit';
import { ConversationLog, Database, clientKey } from '@app/storage';
import { type DirectLog, type LogInput, conversationAt, countsOf, prepare, senderId } from './direct-log';

/** Parley's own log, as the gateway uses it. */
export async function openGroupCommit(input: LogInput): Promise<DirectLog> {
  const all = await prepare(input);
  const database = await Database.open(input.store);
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
