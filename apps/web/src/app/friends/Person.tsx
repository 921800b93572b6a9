import { type ReactNode, useState } from 'react';
import { Ban, Check, CircleSlash, MessageCircle, Pencil, UserMinus, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Button, IconButton } from '../../kit/Button';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { CopyButton } from '../../kit/CopyButton';
import { Page } from '../../kit/Page';
import { Portrait } from '../../kit/Portrait';
import { ActionLine, Fact, Note, Section } from '../../kit/Section';
import buttons from '../../kit/Button.module.css';
import { convIdWith } from '../chat';
import { useChat, useChatState } from '../chat-context';
import { ConversationSwitches } from '../groups/ConversationSwitches';
import { SharedFilesLine } from '../messages/shared/SharedFilesLine';
import { problemOf, useAct } from '../shell/act';
import { placeOf } from '../shell/places';
import { useName, useUserQuery } from '../users/names';
import { usePresence, usePresenceText } from '../users/presence';
import { AddFriend } from './AddFriend';
import { Friendship } from './friendship';
import { friendsAsked, friendsToAnswer } from './pending';
import { RemarkDialog } from './RemarkDialog';

/** The page of somebody, among the people. */
export function PersonPage({ userId }: { readonly userId: string }): ReactNode {
  const name = useName(userId);
  return (
    <Page title={name} back="/people">
      <Person userId={userId} />
    </Page>
  );
}

/** What is to be known of somebody, and what can be done about them. */
export function Person({ userId, inConversation }: { readonly userId: string; readonly inConversation?: boolean }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const name = useName(userId);
  const { data: user, error } = useUserQuery(userId);
  const presence = useChatState((state) => state.presence[userId]);
  const says = usePresenceText(presence);
  usePresence(userId === chat.userId ? [] : [userId]);
  const convId = convIdWith(chat.userId, userId);

  if (error && !user) return <Note>{t(problemOf(error))}</Note>;
  const handle = user?.username ? `@${user.username}` : undefined;
  return (
    <>
      <Portrait id={userId} name={name} url={user?.avatarUrl} online={presence?.online} sub={[handle, says].filter(Boolean).join(' · ')} />
      {userId !== chat.userId && (
        <>
          <Ways userId={userId} name={name} convId={inConversation ? undefined : convId} />
          <Facts userId={userId} nickname={user?.nickname} />
          {inConversation && <SharedFilesLine convId={convId} />}
          <ConversationSwitches convId={convId} />
          <Endings userId={userId} name={name} />
        </>
      )}
    </>
  );
}

/** To write to somebody, and to become friends. */
function Ways({
  userId,
  name,
  convId,
}: {
  readonly userId: string;
  readonly name: string;
  readonly convId: string | undefined;
}): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const friendship = new Friendship(chat);
  const { busy, act } = useAct();
  const [adding, setAdding] = useState(false);
  const isFriend = useChatState(({ friends }) => Object.hasOwn(friends, userId));
  const isBlocked = useChatState(({ blocks }) => Object.hasOwn(blocks, userId));
  const requests = useChatState(({ friendRequests }) => friendRequests);
  const asked = friendsAsked(requests, chat.userId, Date.now()).find(({ to }) => to === userId);
  const got = friendsToAnswer(requests, chat.userId, Date.now()).find(({ from }) => from === userId);

  return (
    <div className={buttons.row}>
      {convId !== undefined && !isBlocked && (
        <Link href={placeOf(convId)} className={`${buttons.button} ${buttons.primary} ${buttons.withIcon}`}>
          <MessageCircle size={18} aria-hidden="true" />
          {t('people.message')}
        </Link>
      )}
      {!isFriend && !isBlocked && !asked && !got && (
        <Button className={buttons.withIcon} onClick={() => setAdding(true)}>
          <UserPlus size={18} aria-hidden="true" />
          {t('people.add')}
        </Button>
      )}
      {got && (
        <>
          <Button className={buttons.withIcon} disabled={busy} onClick={() => void act(() => friendship.accept(got.id))}>
            <Check size={18} aria-hidden="true" />
            {t('people.acceptRequest')}
          </Button>
          <Button disabled={busy} onClick={() => void act(() => friendship.reject(got.id))}>
            {t('people.reject')}
          </Button>
        </>
      )}
      {asked && (
        <Button disabled={busy} onClick={() => void act(() => friendship.withdraw(asked.id))}>
          {t('people.withdrawRequest')}
        </Button>
      )}
      <AddFriend open={adding} onClose={() => setAdding(false)} userId={userId} name={name} />
    </div>
  );
}

function Facts({ userId, nickname }: { readonly userId: string; readonly nickname: string | undefined }): ReactNode {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const friend = useChatState(({ friends }) => friends[userId]);
  return (
    <Section>
      {friend?.remark && nickname !== undefined && <Fact label={t('people.nickname')}>{nickname}</Fact>}
      {friend && (
        <Fact
          label={t('people.remark')}
          end={
            <IconButton label={t('people.editRemark')} onClick={() => setEditing(true)}>
              <Pencil size={17} aria-hidden="true" />
            </IconButton>
          }
        >
          {friend.remark ?? t('people.noRemark')}
        </Fact>
      )}
      <Fact label={t('people.userId')} end={<CopyButton label={t('people.copyId')} text={userId} />}>
        {userId}
      </Fact>
      {friend && <RemarkDialog open={editing} onClose={() => setEditing(false)} userId={userId} remark={friend.remark ?? ''} />}
    </Section>
  );
}

/** To be friends no more, and to block. */
function Endings({ userId, name }: { readonly userId: string; readonly name: string }): ReactNode {
  const { t } = useTranslation();
  const friendship = new Friendship(useChat());
  const { busy, act } = useAct();
  const [question, setQuestion] = useState<Question>();
  const isFriend = useChatState(({ friends }) => Object.hasOwn(friends, userId));
  const isBlocked = useChatState(({ blocks }) => Object.hasOwn(blocks, userId));
  return (
    <Section hint={isBlocked ? t('people.blockedHint', { name }) : undefined}>
      {isFriend && (
        <ActionLine
          Icon={UserMinus}
          label={t('people.remove')}
          danger
          onClick={() =>
            setQuestion({
              title: t('people.removeTitle', { name }),
              text: t('people.removeText', { name }),
              action: t('people.remove'),
              onYes: () => act(() => friendship.end(userId)),
            })
          }
        />
      )}
      {isBlocked ? (
        <ActionLine
          Icon={CircleSlash}
          label={t('people.unblock')}
          disabled={busy}
          onClick={() => void act(() => friendship.unblock(userId))}
        />
      ) : (
        <ActionLine
          Icon={Ban}
          label={t('people.block')}
          danger
          onClick={() =>
            setQuestion({
              title: t('people.blockTitle', { name }),
              text: t('people.blockText'),
              action: t('people.block'),
              onYes: () => act(() => friendship.block(userId)),
            })
          }
        />
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Section>
  );
}
