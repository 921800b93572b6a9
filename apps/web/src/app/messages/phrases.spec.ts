import type { Entry } from '@app/sdk';
import en from '../../i18n/en.json';
import { phrasesOf } from './phrases';

const head = { convId: 'group:g', seq: 1, from: 'ann', timestamp: 1 };

/** Every kind of entry that has a line, with every field that may be in it. */
const entries: readonly Entry[] = [
  { ...head, kind: 'group_created', name: 'Tea', userIds: ['ann'] },
  { ...head, kind: 'member_joined', userId: 'ann' },
  { ...head, kind: 'member_joined', userId: 'bob' },
  { ...head, kind: 'member_left', userId: 'ann', reason: 'left' },
  { ...head, kind: 'member_left', userId: 'bob', reason: 'removed' },
  ...(['owner', 'admin', 'member'] as const).map((role): Entry => ({ ...head, kind: 'member_updated', userId: 'bob', role })),
  { ...head, kind: 'member_updated', userId: 'bob', mutedUntil: 5 },
  { ...head, kind: 'member_updated', userId: 'bob', mutedUntil: null },
  ...(['open', 'approval', 'invite'] as const).map((joinPolicy): Entry => ({ ...head, kind: 'group_updated', joinPolicy })),
  { ...head, kind: 'group_updated', name: 'Coffee', muteAll: true, historyFromStart: true, minSecondsBetweenMessages: 5, avatarUrl: null },
  { ...head, kind: 'group_updated', muteAll: false, historyFromStart: false, minSecondsBetweenMessages: 0, ownerId: 'bob' },
  { ...head, kind: 'group_updated', notice: { id: 1, authorId: 'ann', text: 'Read', createdAt: 1 } },
  { ...head, kind: 'group_dissolved' },
];

describe('what happened in a group', () => {
  it.each(entries)('$kind is said in words that there are', (entry) => {
    const phrases = phrasesOf(entry);
    expect(phrases.length).toBeGreaterThan(0);
    for (const { key } of phrases) {
      const [a = '', b = ''] = key.split('.');
      const words = (en.entries as Record<string, unknown>)[a] ?? (en.entries as Record<string, unknown>)[`${a}_other`];
      expect(typeof (b === '' ? words : (words as Record<string, unknown>)[b])).toBe('string');
    }
  });

  it('says who left by themselves and who was removed', () => {
    expect(phrasesOf(entries[3]!)).toEqual([{ key: 'left', by: 'ann' }]);
    expect(phrasesOf(entries[4]!)).toEqual([{ key: 'removed', by: 'ann', user: 'bob' }]);
  });

  it('has no words for what changes a message', () => {
    expect(phrasesOf({ ...head, kind: 'recalled', targetSeq: 1 })).toEqual([]);
  });
});
