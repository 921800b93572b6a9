import type { Database } from './database';
import { words } from './dialect';
import type { ConversationRef } from './entry-row';

/** What a member has set for themselves. */
export interface Settings {
  /** When it was pinned, by the store's time; `null` if it is not. */
  readonly pinnedAt: number | null;
  /** Whether new messages shall not call for attention. */
  readonly muted: boolean;
  /** What they have begun to write. */
  readonly draft: string | null;
  /** Up to where they have deleted everything for themselves, by `PositionStore.hide`. */
  readonly hiddenSeq: number | null;
}

/** What is to be set; what is left out stays. */
export type SettingsChange = Partial<Pick<Settings, 'muted' | 'draft'>> & { readonly pinned?: boolean };

interface SettingsRow {
  readonly until_seq: number | null;
  readonly pinned_at: number | null;
  readonly muted: number | null;
  readonly draft: string | null;
  readonly hidden_seq: number | null;
}

/** What members set for themselves in a conversation: pins, mutes, drafts. Nobody else sees it. */
export class SettingsStore {
  constructor(private readonly database: Database) {}

  /**
   * Sets something for a present member; `undefined` when the user is none. `changed` tells whether anything is different now; what is
   * pinned already keeps its time.
   */
  set(ref: ConversationRef, userId: string, change: SettingsChange): Promise<(Settings & { changed: boolean }) | undefined> {
    // An earlier run may have been stored without an answer: it changed what this one finds as it should be.
    let changedBefore = false;
    return this.database.write(async (tx) => {
      const { forUpdate } = words[this.database.dialect];
      const [row] = await tx.rows<SettingsRow>(
        `SELECT until_seq, pinned_at, muted, draft, hidden_seq FROM members WHERE conversation_id = ? AND user_id = ?${forUpdate}`,
        [ref.rowId, userId],
      );
      if (!row || row.until_seq !== null) return undefined;
      const now = await this.database.storeTime(tx);
      const before: Settings = { pinnedAt: row.pinned_at, muted: row.muted === 1, draft: row.draft, hiddenSeq: row.hidden_seq };
      const after: Settings = {
        pinnedAt: change.pinned === undefined ? before.pinnedAt : change.pinned ? (before.pinnedAt ?? now) : null,
        muted: change.muted ?? before.muted,
        draft: change.draft === undefined ? before.draft : change.draft,
        hiddenSeq: before.hiddenSeq,
      };
      const changes = (['pinnedAt', 'muted', 'draft'] as const).some((name) => before[name] !== after[name]);
      if (changes) {
        await tx.run('UPDATE members SET pinned_at = ?, muted = ?, draft = ?, changed_at = ? WHERE conversation_id = ? AND user_id = ?', [
          after.pinnedAt,
          after.muted ? 1 : null,
          after.draft,
          now,
          ref.rowId,
          userId,
        ]);
      }
      const changed = changes || changedBefore;
      changedBefore = changed;
      return { ...after, changed };
    });
  }
}
