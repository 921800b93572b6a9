import { type ReactNode, useMemo, useState } from 'react';
import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { VList } from 'virtua';
import { IconButton } from '../../kit/Button';
import { Page } from '../../kit/Page';
import { SearchField } from '../../kit/SearchField';
import { Note } from '../../kit/Section';
import { useChatState } from '../chat-context';
import { detailsOf, placeOf } from '../shell/places';
import { nameOf, useUsers } from '../users/names';
import { AddMembers } from './AddMembers';
import { useMembers } from './group';
import { MemberLine } from './MemberLine';
import styles from './Members.module.css';
import { type Group, inRank, rightsOf } from './rights';

/** The members of a group. More are read when the end of the list is near; it is searched in what was read. */
export function Members({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [adding, setAdding] = useState(false);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, isPending } = useMembers(group.groupId);
  const members = useMemo(() => data?.pages.flatMap((page) => page.members) ?? [], [data]);
  const ids = useMemo(() => members.map(({ userId }) => userId), [members]);
  const users = useUsers(ids);
  const friends = useChatState((state) => state.friends);

  const shown = useMemo(() => {
    const name = (userId: string) => nameOf(userId, friends[userId]?.remark, users.get(userId));
    const words = (userId: string) => `${name(userId)}\n${users.get(userId)?.username ?? ''}`.toLowerCase();
    const wanted = typed.trim().toLowerCase();
    const found = wanted === '' ? members : members.filter(({ userId }) => words(userId).includes(wanted));
    // While more is to come, names would jump about.
    return hasNextPage ? found : inRank(found, name);
  }, [members, users, friends, typed, hasNextPage]);

  return (
    <Page
      title={t('groups.count', { count: group.memberCount })}
      back={detailsOf(group.convId)}
      close={placeOf(group.convId)}
      isBelow
      actions={
        rightsOf(group.role, group.joinPolicy).host && (
          <IconButton label={t('groups.add')} onClick={() => setAdding(true)}>
            <UserPlus size={20} aria-hidden="true" />
          </IconButton>
        )
      }
      fills
    >
      <div className={styles.top}>
        <SearchField label={t('groups.searchMembers')} value={typed} onChange={setTyped} />
      </div>
      {shown.length === 0 ? (
        <Note>{t(isPending ? 'shell.loading' : 'people.nobody')}</Note>
      ) : (
        <VList
          className={styles.list}
          aria-label={t('groups.members')}
          onScroll={(offset) => {
            const nearEnd = offset > (shown.length - 40) * 58;
            if (nearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
          }}
        >
          {shown.map((member) => (
            <MemberLine key={member.userId} member={member} group={group} />
          ))}
          {hasNextPage && (
            <button type="button" className={styles.more} disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t(isFetchingNextPage ? 'shell.loading' : 'kit.more')}
            </button>
          )}
        </VList>
      )}
      <AddMembers open={adding} onClose={() => setAdding(false)} group={group} />
    </Page>
  );
}
