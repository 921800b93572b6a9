import { useMemo } from 'react';
import { mentionAll } from '../conversations/conversations';
import { useUsers } from '../users/names';

/** What stands for everybody, in whatever language it was written. */
const everybodyWords = ['all', 'everybody', '所有人'] as const;

const none: readonly string[] = [];

/** By which names those may be called whom a message mentions. */
export function useMentionNames(mentions: readonly string[] = none): readonly { readonly userId: string; readonly name: string }[] {
  const userIds = useMemo(() => mentions.filter((one) => one !== mentionAll).slice(0, 50), [mentions]);
  const users = useUsers(userIds);
  return useMemo(
    () => [
      ...[...users.values()].map(({ id, nickname }) => ({ userId: id, name: nickname })),
      ...(mentions.includes(mentionAll) ? everybodyWords.map((name) => ({ userId: mentionAll, name })) : []),
    ],
    [users, mentions],
  );
}
