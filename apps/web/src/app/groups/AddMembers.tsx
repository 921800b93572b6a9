import { type ReactNode, useMemo, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { groupKey, useMembers } from './group';
import { PickPeople } from './PickPeople';
import type { Group } from './rights';

interface AddMembersProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly group: Group;
}

/** Adds people to a group, or invites them and lets them decide. */
export function AddMembers({ open, onClose, group: { groupId } }: AddMembersProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const { busy, act } = useAct();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const { data } = useMembers(groupId);
  const members = useMemo(() => new Set(data?.pages.flatMap((page) => page.members.map(({ userId }) => userId))), [data]);

  function close(): void {
    setPicked([]);
    onClose();
  }
  async function go(work: () => Promise<string>): Promise<void> {
    const done = await act(async () => {
      tell(await work(), 'done');
      await queries.invalidateQueries({ queryKey: groupKey(groupId) });
    });
    if (done) close();
  }
  const asked = { params: { id: groupId }, body: { userIds: [...picked] } };
  const add = async () => t('groups.added', { count: (await chat.client.request('addMembers', asked)).added.length });
  const invite = async () => {
    const { invited, added } = await chat.client.request('inviteToGroup', asked);
    return t('groups.invited', { count: invited.length + added.length });
  };

  return (
    <Dialog open={open} onClose={close} title={t('groups.add')}>
      <PickPeople picked={picked} onChange={setPicked} without={members} />
      <DialogActions>
        <Button disabled={busy || picked.length === 0} onClick={() => void go(invite)}>
          {t('groups.invite')}
        </Button>
        <Button look="primary" disabled={busy || picked.length === 0} onClick={() => void go(add)}>
          {t('groups.addNow')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
