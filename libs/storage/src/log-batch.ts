import { type Entry, type EntryKind, mentionAll } from '@app/protocol';
import type { Content, Stored } from './append';
import type { FileUse } from './file-sql';
import { type ConversationRef, type EntryRow, entryOf, serverMsgIdOf, storedFields } from './entry-row';
import type { LockedConversation, Mention, NewEntry, Saying, Sent } from './log-sql';

/** An entry that was just committed. `prevAt` is the store time of the entry before it, 0 before the first. */
export interface Committed {
  readonly conversation: ConversationRef;
  readonly entry: Entry;
  readonly prevAt: number;
}

/** The entries of a group that those are told of who do not hear it; who comes and goes is not among them. */
const nudging: ReadonlySet<'message' | EntryKind> = new Set(['message', 'recalled', 'edited', 'group_updated', 'group_dissolved']);
/** Names that one flush tells the fan-out of, for each group. */
const maxNames = 500;

/** What one transaction writes to the log. */
export class Batch {
  readonly rows: NewEntry[] = [];
  readonly mentions: Mention[] = [];
  readonly uses: FileUse[] = [];
  readonly committed: Committed[] = [];
  readonly placed = new Map<string, Stored>();
  private readonly said = new Map<number, { seq: number; names: Set<string> }>();
  private readonly touched = new Map<number, LockedConversation>();
  private readonly own = new Map<string, Sent>();

  constructor(private readonly onlyConversation?: number) {}

  get states(): LockedConversation[] {
    return [...this.touched.values()];
  }

  sent(): Sent[] {
    return [...this.own.values()].sort((a, b) => a.conversation_id - b.conversation_id || (a.sender < b.sender ? -1 : 1));
  }

  /** When the sender last sent something to the conversation in this transaction. */
  sentAt(rowId: number, sender: string): number | undefined {
    return this.own.get(`${rowId} ${sender}`)?.at;
  }

  /** What the fan-out is to be told, by conversation. */
  sayings(): Saying[] {
    const rows = [...this.said].map(([conversation_id, { seq, names }]) => ({
      conversation_id,
      seq,
      names: [...names].slice(0, maxNames),
    }));
    return rows.sort((a, b) => a.conversation_id - b.conversation_id);
  }

  /** Gives an entry the next place of its conversation. */
  add(conversation: ConversationRef, state: LockedConversation, sender: string, key: string, content: Content, at: number): Stored {
    const { rowId } = conversation;
    if (this.onlyConversation !== undefined && this.onlyConversation !== rowId) throw new Error('a change holds one conversation');
    const isMessage = content.kind === 'message';
    const countable = isMessage && content.type !== 'system';
    // SQLite would store it, and reading it back would end the process.
    if (isMessage && !content.body.isWellFormed()) throw new TypeError('a body holds a lone surrogate');
    const prevAt = state.last_at;
    const seq = ++state.last_seq;
    if (countable) state.number++;
    if (isMessage) state.last_message_seq = seq;
    state.last_at = at;
    this.touched.set(rowId, state);
    const row: EntryRow = {
      seq,
      kind: content.kind,
      sender,
      msg_key: key,
      type: isMessage ? content.type : null,
      number: state.number,
      at,
      body: isMessage ? content.body : storedFields(content.kind, content.fields),
      reply_to: isMessage ? (content.replyTo ?? null) : null,
      mentions: isMessage && content.mentions ? JSON.stringify(content.mentions) : null,
      edited_at: null,
      recalled: 0,
      expire_at: isMessage ? (content.expireAt ?? null) : null,
      burn: isMessage && content.burn ? 1 : null,
    };
    this.rows.push({ conversation_id: rowId, ...row });
    if (countable) this.countOwn(rowId, sender, at);
    const mentions = isMessage && content.mentions ? mentionsOf(content.mentions, { conversation_id: rowId, seq, sender }) : [];
    this.mentions.push(...mentions);
    if (isMessage && content.files) this.uses.push(...content.files.map((file_id) => ({ conversation_id: rowId, seq, file_id })));
    if (conversation.name.convType === 'group' && nudging.has(content.kind)) this.say(rowId, seq, mentions);
    const stored: Stored = { seq, number: state.number, timestamp: at, serverMsgId: serverMsgIdOf(rowId, seq, at), duplicate: false };
    this.placed.set(keyText({ conversation_id: rowId, sender, msg_key: key }), stored);
    const entry = entryOf(conversation, row);
    this.committed.push({ conversation, entry: content.kind === 'edited' ? { ...entry, ...content.fields } : entry, prevAt });
    return stored;
  }

  private say(rowId: number, seq: number, mentions: readonly Mention[]): void {
    const said = this.said.get(rowId) ?? { seq, names: new Set<string>() };
    said.seq = seq;
    for (const { user_id } of mentions) said.names.add(user_id);
    this.said.set(rowId, said);
  }

  private countOwn(rowId: number, sender: string, at: number): void {
    const text = `${rowId} ${sender}`;
    const count = (this.own.get(text)?.count ?? 0) + 1;
    this.own.set(text, { conversation_id: rowId, sender, count, at });
  }
}

/** Whom a message is for. Where everybody is meant, nobody is named besides, so that it counts once; and nobody is told of themselves. */
function mentionsOf(mentions: readonly string[], message: Omit<Mention, 'user_id'>): Mention[] {
  const named = mentions.includes(mentionAll) ? [mentionAll] : [...new Set(mentions)].filter((userId) => userId !== message.sender);
  return named.map((user_id) => ({ ...message, user_id }));
}

/** An entry found by its key, as the answer to a repeated request. */
export function duplicateOf(rowId: number, { seq, number, at }: { seq: number; number: number; at: number }): Stored {
  return { seq, number, timestamp: at, serverMsgId: serverMsgIdOf(rowId, seq, at), duplicate: true };
}

/** What tells the appends of one request from all others, as text. */
export const keyText = (key: { conversation_id: number; sender: string; msg_key: string }) =>
  `${key.conversation_id} ${key.sender} ${key.msg_key}`;
