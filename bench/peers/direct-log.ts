import { groupConversation, parseConvId } from '@app/protocol';
import { type ConversationRef, ConversationStore, Database, type Reads } from '@app/storage';

/** A log that is driven without sockets. */
export interface DirectLog {
  /** Stores a message of a sender in one of its conversations and answers when it is committed. `key` is unique. */
  append(sender: number, turn: number, key: string, body: string): Promise<{ readonly rowId: number; readonly seq: number }>;
  /** What the store holds, by conversation. */
  counts(): Promise<ReadonlyMap<number, StoredCounts>>;
}

/** What the store says of one conversation. */
export interface StoredCounts {
  readonly id: number;
  readonly count: number;
  readonly highest: number;
  readonly lastSeq: number;
  /** Sum over all members. */
  readonly ownAbove: number;
}

/** Reads what the store holds, by conversation. */
export async function countsOf(reads: Reads): Promise<ReadonlyMap<number, StoredCounts>> {
  const rows = await reads.rows<StoredCounts>(
    `SELECT c.id, c.last_seq AS lastSeq, COUNT(*) AS count, MAX(e.seq) AS highest,
       (SELECT SUM(own_above) FROM members m WHERE m.conversation_id = c.id) AS ownAbove
     FROM conversations c JOIN entries e ON e.conversation_id = c.id GROUP BY c.id`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export const senderId = (sender: number): string => `u${sender}`;

/** Makes a store in the folder and in it the conversations of each sender: one that all share, or an equal share of c2cs. */
export async function prepare(dataDir: string, conversations: number, senders: number): Promise<readonly (readonly ConversationRef[])[]> {
  const database = await Database.open({ url: '', dataDir });
  const store = new ConversationStore(database);
  const all: ConversationRef[][] = [];
  if (conversations === 1) {
    const shared = await store.ensure(groupConversation('hot'));
    for (let sender = 0; sender < senders; sender++) all.push([shared]);
    await database.write(async (tx) => {
      for (let sender = 0; sender < senders; sender++) {
        await tx.run(
          `INSERT INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
           VALUES (?, ?, 'member', 1, 0, 0, 0, 0)`,
          [shared.rowId, senderId(sender)],
        );
      }
    });
  } else {
    for (let sender = 0; sender < senders; sender++) {
      const own: ConversationRef[] = [];
      for (let index = 0; index < conversations / senders; index++) {
        const name = parseConvId(`c2c:p${index}:${senderId(sender)}`);
        if (name) own.push(await store.ensure(name));
      }
      all.push(own);
    }
  }
  await database.close();
  return all;
}

/** The conversation that a sender writes to at its turn. */
export function conversationAt(all: readonly (readonly ConversationRef[])[], sender: number, turn: number): ConversationRef {
  const own = all[sender] ?? [];
  const conversation = own[turn % own.length];
  if (!conversation) throw new Error('a sender without a conversation');
  return conversation;
}
