import { type ReactNode, useState } from 'react';
import { Crown, MicOff, Mic, ShieldMinus, ShieldPlus, User, UserMinus } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { clock } from '../../i18n/times';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import type { MenuItem } from '../../kit/menu-item';
import { MenuButton } from '../../kit/MenuButton';
import { useNowAfter } from '../../kit/now-after';
import { UserLine } from '../friends/UserLine';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { personPlace } from '../shell/places';
import { useName } from '../users/names';
import { usePresence } from '../users/presence';
import { day } from '../users/when';
import { groupKey } from './group';
import styles from './MemberLine.module.css';
import { type Group, type GroupMember, rightsOver } from './rights';

const dayMs = 86_400_000;
/** For how long (ms) somebody may be muted; the words are `groups.muteFor.<name>`. */
const mutes = { hour: 3_600_000, day: dayMs, week: 7 * dayMs } as const;

/** A member of a group, with what may be done to them. */
export function MemberLine({ member, group }: { readonly member: GroupMember; readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { userId, role, mutedUntil } = member;
  const name = useName(userId);
  // Only those lines are made that are on the screen.
  usePresence([userId]);
  const now = useNowAfter(mutedUntil);
  const isMuted = mutedUntil !== undefined && mutedUntil > now;
  const [question, setQuestion] = useState<Question>();
  const items = useItems(member, group, isMuted, setQuestion);
  return (
    <>
      <UserLine
        userId={userId}
        sub={isMuted ? t('groups.mutedUntil', { when: mutedUntil - now < dayMs ? clock(mutedUntil) : day(mutedUntil) }) : undefined}
        end={
          <>
            {userId === chat.userId && <span className={styles.tag}>{t('groups.you')}</span>}
            {role !== 'member' && (
              <span className={styles.tag} data-role={role}>
                {t(`groups.role.${role}`)}
              </span>
            )}
            {userId !== chat.userId && <MenuButton label={t('groups.memberMenu', { name })} items={items} />}
          </>
        }
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}

function useItems(
  { userId, role }: GroupMember,
  { groupId, role: mine }: Group,
  isMuted: boolean,
  ask: (question: Question) => void,
): readonly MenuItem[] {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const name = useName(userId);
  const { act } = useAct();
  const [, navigate] = useLocation();
  const may = rightsOver(mine, role);
  const params = { id: groupId, userId };

  const then = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      await queries.invalidateQueries({ queryKey: groupKey(groupId) });
    });
  const change = (body: { role?: 'admin' | 'member'; mutedUntil?: number | null }) => () =>
    void then(() => chat.client.request('updateMember', { params, body }));

  return [
    { key: 'profile', label: t('groups.profile'), Icon: User, run: () => navigate(personPlace(userId)) },
    ...(may.promote ? [{ key: 'promote', label: t('groups.promote'), Icon: ShieldPlus, run: change({ role: 'admin' }) }] : []),
    ...(may.demote ? [{ key: 'demote', label: t('groups.demote'), Icon: ShieldMinus, run: change({ role: 'member' }) }] : []),
    ...(may.mute && !isMuted
      ? Object.entries(mutes).map(([length, ms]) => ({
          key: `mute.${length}`,
          label: t(`groups.muteFor.${length}`),
          Icon: MicOff,
          run: () => change({ mutedUntil: Date.now() + ms })(),
        }))
      : []),
    ...(may.mute && isMuted ? [{ key: 'unmute', label: t('groups.unmute'), Icon: Mic, run: change({ mutedUntil: null }) }] : []),
    ...(may.transfer
      ? [
          {
            key: 'transfer',
            label: t('groups.transfer'),
            Icon: Crown,
            run: () =>
              ask({
                title: t('groups.transferTitle', { name }),
                text: t('groups.transferText', { name }),
                action: t('groups.transfer'),
                onYes: () => then(() => chat.client.request('transferGroup', { params: { id: groupId }, body: { userId } })),
              }),
          },
        ]
      : []),
    ...(may.remove
      ? [
          {
            key: 'remove',
            label: t('groups.remove'),
            Icon: UserMinus,
            isDangerous: true,
            run: () =>
              ask({
                title: t('groups.removeTitle', { name }),
                text: t('groups.removeText', { name }),
                action: t('groups.remove'),
                onYes: () => then(() => chat.client.request('removeMember', { params })),
              }),
          },
        ]
      : []),
  ];
}
