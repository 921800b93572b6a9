import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { ChevronRight, Copy, LogOut, Megaphone, Pencil, Settings2, Trash2, UserPlus, UsersRound } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button, IconButton } from '../../kit/Button';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { copy } from '../../kit/clipboard';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { Portrait } from '../../kit/Portrait';
import { ActionLine, Section } from '../../kit/Section';
import { tell } from '../../kit/toasts';
import { Friendship } from '../friends/friendship';
import { joinersToAnswer } from '../friends/pending';
import { UserLine } from '../friends/UserLine';
import { useChat, useChatState } from '../chat-context';
import { SharedFilesLine } from '../messages/shared/SharedFilesLine';
import { useAct } from '../shell/act';
import { partOf } from '../shell/places';
import { Picture } from '../users/Picture';
import { AddMembers } from './AddMembers';
import { ConversationSwitches } from './ConversationSwitches';
import { groupKey, useMembers, useNotices } from './group';
import { MemberLine } from './MemberLine';
import { useOnlineCount } from './online';
import { RenameDialog } from './RenameDialog';
import { type Group, inRank, rightsOf } from './rights';

/** How many members are shown before there is a page for them. */
const shownAtFirst = 6;

/** A group at a glance. */
export function About({ group }: { readonly group: Group }): ReactNode {
  const rights = rightsOf(group.role, group.joinPolicy);
  return (
    <>
      <Head group={group} />
      {rights.decide && <Joiners group={group} />}
      <LatestNotice group={group} />
      <SharedFilesLine convId={group.convId} />
      <SomeMembers group={group} />
      <ConversationSwitches convId={group.convId} />
      <Ends group={group} />
    </>
  );
}

function Head({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const [renaming, setRenaming] = useState(false);
  const { groupId, convId, name, avatarUrl, memberCount } = group;
  const { change } = rightsOf(group.role, group.joinPolicy);
  const online = useOnlineCount(group);
  const members = t('groups.count', { count: memberCount });
  const picture = async (avatarFileId: string | null) => {
    await chat.client.request('updateGroup', { params: { id: groupId }, body: { avatarFileId } });
    await queries.invalidateQueries({ queryKey: groupKey(groupId) });
  };
  return (
    <>
      <Portrait
        id={convId}
        name={name}
        url={avatarUrl}
        sub={online === undefined ? members : t('messages.membersOnline', { members, count: online })}
        beside={
          change && (
            <IconButton label={t('groups.rename')} onClick={() => setRenaming(true)}>
              <Pencil size={17} aria-hidden="true" />
            </IconButton>
          )
        }
      />
      {change && <Picture hasOne={avatarUrl !== null} onChange={picture} />}
      <RenameDialog open={renaming} onClose={() => setRenaming(false)} group={group} />
    </>
  );
}

/** Those who have asked to join. */
function Joiners({ group: { groupId } }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const friendship = new Friendship(chat);
  const { busy, act } = useAct();
  const requests = useChatState(({ groupRequests }) => groupRequests);
  const waiting = joinersToAnswer(requests, chat.userId, Date.now()).filter((one) => one.groupId === groupId);
  // What was known shows until the answer comes, and when none does.
  const ask = useCallback(() => chat.joiners.ask(groupId).catch(() => undefined), [chat, groupId]);
  useEffect(() => void ask(), [ask]);
  if (waiting.length === 0) return null;
  const answer = (userId: string, isWelcome: boolean) => () =>
    void act(() => friendship.answerJoiner(groupId, userId, isWelcome)).then((done) => (done ? undefined : ask()));
  return (
    <Section title={t('groups.joiners')}>
      {waiting.map(({ id, userId }) => (
        <UserLine
          key={id}
          userId={userId}
          end={
            <>
              <Button disabled={busy} onClick={answer(userId, false)}>
                {t('people.reject')}
              </Button>
              <Button look="primary" disabled={busy} onClick={answer(userId, true)}>
                {t('people.accept')}
              </Button>
            </>
          }
        />
      ))}
    </Section>
  );
}

function LatestNotice({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const { data } = useNotices(group.groupId);
  const latest = data?.pages[0]?.notices[0];
  if (!latest && !rightsOf(group.role, group.joinPolicy).postNotices) return null;
  return (
    <Section>
      <Line
        href={partOf(group.convId, 'notices')}
        start={<Glyph Icon={Megaphone} />}
        title={t('groups.notices')}
        sub={latest?.text ?? t('groups.noNotices')}
        end={<ChevronRight size={18} aria-hidden="true" />}
      />
    </Section>
  );
}

function SomeMembers({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const { data } = useMembers(group.groupId);
  const members = data?.pages[0]?.members ?? [];
  const isAll = group.memberCount <= shownAtFirst;
  return (
    <Section
      title={t('groups.members')}
      action={
        rightsOf(group.role, group.joinPolicy).host && (
          <IconButton label={t('groups.add')} onClick={() => setAdding(true)}>
            <UserPlus size={18} aria-hidden="true" />
          </IconButton>
        )
      }
    >
      {inRank(members, (userId) => userId)
        .slice(0, isAll ? shownAtFirst : shownAtFirst - 1)
        .map((member) => (
          <MemberLine key={member.userId} member={member} group={group} />
        ))}
      {!isAll && (
        <Line
          href={partOf(group.convId, 'members')}
          start={<Glyph Icon={UsersRound} />}
          title={t('groups.allMembers', { count: group.memberCount })}
          end={<ChevronRight size={18} aria-hidden="true" />}
        />
      )}
      <AddMembers open={adding} onClose={() => setAdding(false)} group={group} />
    </Section>
  );
}

/** What is set of the group, and how it ends. */
function Ends({ group: { groupId, convId, name, role, joinPolicy } }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { act } = useAct();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question>();
  const rights = rightsOf(role, joinPolicy);

  async function end(route: 'leaveGroup' | 'dissolveGroup'): Promise<void> {
    if (await act(() => chat.client.request(route, { params: { id: groupId } }))) navigate('/');
  }

  return (
    <Section>
      {rights.change && <ActionLine Icon={Settings2} label={t('groups.settings')} onClick={() => navigate(partOf(convId, 'settings'))} />}
      <ActionLine
        Icon={Copy}
        label={t('groups.copyId')}
        onClick={() => void copy(groupId).then((done) => (done ? tell(t('kit.copied'), 'done') : tell(t('kit.notCopied'))))}
      />
      {rights.leave && (
        <ActionLine
          Icon={LogOut}
          label={t('groups.leave')}
          danger
          onClick={() =>
            setQuestion({
              title: t('groups.leaveTitle', { name }),
              text: t('groups.leaveText'),
              action: t('groups.leave'),
              onYes: () => end('leaveGroup'),
            })
          }
        />
      )}
      {rights.dissolve && (
        <ActionLine
          Icon={Trash2}
          label={t('groups.dissolve')}
          danger
          onClick={() =>
            setQuestion({
              title: t('groups.dissolveTitle', { name }),
              text: t('groups.dissolveText'),
              action: t('groups.dissolve'),
              onYes: () => end('dissolveGroup'),
            })
          }
        />
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Section>
  );
}
