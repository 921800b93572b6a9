import { groupConversation, parseConvId } from '@app/protocol';
import { type ConversationRef, ConversationStore, Database, type DatabaseOptions, type Reads } from '@app/storage';

/** How many conversations are made at a time. */
const made = 50;

/** What a log is driven with. */
export interface LogInput {
  readonly store: Pick<DatabaseOptions, 'url' | 'dataDir'>;
  readonly conversations: number;
  readonly senders: number;
}

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
  // MySQL's sums are decimals, which its driver answers as text.
  return new Map(rows.map((row) => [row.id, { ...row, ownAbove: Number(row.ownAbove) }]));
}

export const senderId = (sender: number): string => `u${sender}`;

/** Fills an empty store with the conversations of each sender: one that all share, or an equal share of c2cs. */
export async function prepare({ store: options, conversations, senders }: LogInput): Promise<readonly (readonly ConversationRef[])[]> {
  const database = await Database.open(options);
  const store = new ConversationStore(database);
  const all = conversations === 1 ? await oneForAll(database, store, senders) : await someForEach(store, senders, conversations / senders);
  await database.close();
  return all;
}

async function oneForAll(database: Database, store: ConversationStore, senders: number): Promise<ConversationRef[][]> {
  const shared = await store.ensure(groupConversation('hot'));
  await database.write(async (tx) => {
    for (let sender = 0; sender < senders; sender++) {
      await tx.run(
        `INSERT INTO members (conversation_id, user_id, role, from_seq, read_seq, read_number, joined_at, changed_at)
         VALUES (?, ?, 'member', 1, 0, 0, 0, 0)`,
        [shared.rowId, senderId(sender)],
      );
    }
  });
  return Array.from({ length: senders }, () => [shared]);
}

async function someForEach(store: ConversationStore, senders: number, each: number): Promise<ConversationRef[][]> {
  const names = Array.from({ length: senders * each }, (_, index) =>
    parseConvId(`c2c:p${index % each}:${senderId(Math.floor(index / each))}`),
  ).filter((name) => name !== undefined);
  const refs: ConversationRef[] = [];
  for (let at = 0; at < names.length; at += made) {
    refs.push(...(await Promise.all(names.slice(at, at + made).map((name) => store.ensure(name)))));
  }
  return Array.from({ length: senders }, (_, sender) => refs.slice(sender * each, (sender + 1) * each));
}

/** The conversation that a sender writes to at its turn. */
export function conversationAt(all: readonly (readonly ConversationRef[])[], sender: number, turn: number): ConversationRef {
  const own = all[sender] ?? [];
  const conversation = own[turn % own.length];
  if (!conversation) throw new Error('a sender without a conversation');
  return conversation;
}
