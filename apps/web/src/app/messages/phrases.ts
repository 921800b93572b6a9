import type { Entry } from '@app/sdk';

/** What a line says that is no message: a text of the page, and whose names and what numbers are in it. */
export interface Phrase {
  /** A key below `entries`. */
  readonly key: string;
  /** Who did it, and to whom. */
  readonly by: string;
  readonly user?: string;
  readonly name?: string;
  readonly count?: number;
  readonly until?: number;
}

/** What an entry says that is no message; nothing where it says nothing by itself. */
export function phrasesOf(entry: Entry): readonly Phrase[] {
  const by = entry.from;
  switch (entry.kind) {
    case 'message':
    case 'recalled':
    case 'edited':
      return [];
    case 'group_created':
      return [{ key: 'created', by, name: entry.name }];
    case 'member_joined':
      return [entry.userId === by ? { key: 'joined', by } : { key: 'added', by, user: entry.userId }];
    case 'member_left':
      return [
        entry.reason === 'removed' && entry.userId !== by ? { key: 'removed', by, user: entry.userId } : { key: 'left', by: entry.userId },
      ];
    case 'member_updated': {
      const { userId: user, role, mutedUntil } = entry;
      return [
        ...(role === undefined ? [] : [{ key: role === 'admin' ? 'madeAdmin' : role === 'owner' ? 'madeOwner' : 'madeMember', by, user }]),
        ...(mutedUntil === undefined
          ? []
          : [mutedUntil === null ? { key: 'unmuted', by, user } : { key: 'muted', by, user, until: mutedUntil }]),
      ];
    }
    case 'group_updated': {
      const { name, joinPolicy, muteAll, historyFromStart, minSecondsBetweenMessages: seconds, avatarUrl, ownerId, notice } = entry;
      return [
        ...(name === undefined ? [] : [{ key: 'renamed', by, name }]),
        ...(joinPolicy === undefined ? [] : [{ key: `join.${joinPolicy}`, by }]),
        ...(muteAll === undefined ? [] : [{ key: muteAll ? 'muteAll' : 'muteNone', by }]),
        ...(historyFromStart === undefined ? [] : [{ key: historyFromStart ? 'historyOpen' : 'historyClosed', by }]),
        ...(seconds === undefined ? [] : [seconds === 0 ? { key: 'slowOff', by } : { key: 'slow', by, count: seconds }]),
        ...(avatarUrl === undefined ? [] : [{ key: 'picture', by }]),
        ...(ownerId === undefined ? [] : [{ key: 'transferred', by, user: ownerId }]),
        ...(notice === undefined ? [] : [{ key: 'notice', by, name: notice.text }]),
      ];
    }
    case 'group_dissolved':
      return [{ key: 'dissolved', by }];
    default:
      return [];
  }
}
