import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { groupConvId } from '@app/sdk';
import { Avatar } from '../../kit/Avatar';
import { Button } from '../../kit/Button';
import { Line } from '../../kit/Line';
import { Page } from '../../kit/Page';
import { Note, Section } from '../../kit/Section';
import { useChat, useChatState } from '../chat-context';
import { useAct } from '../shell/act';
import { personPlace, placeOf } from '../shell/places';
import type { GroupRequest } from '../state';
import { useName } from '../users/names';
import { ago } from '../users/when';
import { Friendship } from './friendship';
import { friendsAsked, friendsToAnswer, groupsAsked, invitationsToAnswer, joinersToAnswer } from './pending';
import { UserLine } from './UserLine';

/** Requests and invitations: those that wait for this user, and those that this user made. */
export function Requests(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const friendship = new Friendship(chat);
  const { busy, act } = useAct();
  const [now] = useState(() => Date.now());
  const friendRequests = useChatState((state) => state.friendRequests);
  const groupRequests = useChatState((state) => state.groupRequests);
  const toAnswer = friendsToAnswer(friendRequests, chat.userId, now);
  const invitations = invitationsToAnswer(groupRequests, chat.userId, now);
  const joiners = joinersToAnswer(groupRequests, chat.userId, now);
  const asked = friendsAsked(friendRequests, chat.userId, now);
  const groups = groupsAsked(groupRequests, chat.userId, now);
  const answer = (onYes: () => Promise<unknown>, onNo: () => Promise<unknown>) => (
    <Answer busy={busy} onYes={() => void act(onYes)} onNo={() => void act(onNo)} />
  );
  return (
    <Page title={t('people.requests')} back="/people">
      <Section title={t('people.friendRequests')}>
        {toAnswer.length === 0 && <Note>{t('people.noRequests')}</Note>}
        {toAnswer.map(({ id, from, message, createdAt }) => (
          <UserLine
            key={id}
            userId={from}
            href={personPlace(from)}
            sub={message ?? ago(createdAt)}
            end={answer(
              () => friendship.accept(id),
              () => friendship.reject(id),
            )}
          />
        ))}
      </Section>
      {invitations.length > 0 && (
        <Section title={t('people.invitations')}>
          {invitations.map((one) => (
            <Invitation key={one.id} invitation={one} />
          ))}
        </Section>
      )}
      {joiners.length > 0 && (
        <Section title={t('people.joiners')}>
          {joiners.map(({ id, groupId, userId }) => (
            <JoinerLine
              key={id}
              userId={userId}
              groupId={groupId}
              end={answer(
                () => friendship.answerJoiner(groupId, userId, true),
                () => friendship.answerJoiner(groupId, userId, false),
              )}
            />
          ))}
        </Section>
      )}
      {asked.length + groups.length > 0 && (
        <Section title={t('people.askedByYou')}>
          {asked.map(({ id, to, createdAt }) => (
            <UserLine
              key={id}
              userId={to}
              href={personPlace(to)}
              sub={t('people.waitsSince', { when: ago(createdAt) })}
              end={
                <Button disabled={busy} onClick={() => void act(() => friendship.withdraw(id))}>
                  {t('people.withdraw')}
                </Button>
              }
            />
          ))}
          {groups.map(({ id, groupId, name, createdAt }) => (
            <Line
              key={id}
              start={<Avatar id={groupConvId(groupId)} name={name ?? t('groups.details')} />}
              title={name ?? t('groups.details')}
              // Who has asked is not told how the group is called.
              sub={`${name === undefined ? `${groupId} · ` : ''}${t('people.waitsSince', { when: ago(createdAt) })}`}
            />
          ))}
        </Section>
      )}
    </Page>
  );
}

function Answer({ busy, onYes, onNo }: { readonly busy: boolean; readonly onYes: () => void; readonly onNo: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Button disabled={busy} onClick={onNo}>
        {t('people.reject')}
      </Button>
      <Button look="primary" disabled={busy} onClick={onYes}>
        {t('people.accept')}
      </Button>
    </>
  );
}

function Invitation({ invitation }: { readonly invitation: GroupRequest }): ReactNode {
  const { t } = useTranslation();
  const friendship = new Friendship(useChat());
  const { busy, act } = useAct();
  const [, navigate] = useLocation();
  const inviter = useName(invitation.by);
  const { id, groupId, name = groupId } = invitation;
  return (
    <Line
      start={<Avatar id={groupConvId(groupId)} name={name} />}
      title={name}
      sub={t('people.invitedBy', { name: inviter })}
      end={
        <Answer
          busy={busy}
          onYes={() => void act(async () => navigate(placeOf(await friendship.acceptInvitation(id))))}
          onNo={() => void act(() => friendship.rejectInvitation(id))}
        />
      }
    />
  );
}

function JoinerLine({ userId, groupId, end }: { readonly userId: string; readonly groupId: string; readonly end: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const name = useChatState(({ conversations }) => conversations[groupConvId(groupId)]?.name);
  return <UserLine userId={userId} href={personPlace(userId)} sub={t('people.wantsInto', { name: name ?? groupId })} end={end} />;
}
