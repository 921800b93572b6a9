import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import { ParleyError, type ParleyErrorCode, groupIdOf } from '@app/sdk';
import { Button } from '../../kit/Button';
import { useNowAfter } from '../../kit/now-after';
import { otherOf } from '../chat';
import { useChat, useChatState } from '../chat-context';
import { useConversationName } from '../conversations/ConversationLine';
import { ConnectionBar } from '../shell/ConnectionBar';
import { placeOf, seqAt } from '../shell/places';
import { Composer } from './Composer';
import styles from './ConversationView.module.css';
import type { Target } from './following';
import { Header } from './Header';
import type { Intent } from './intent';
import { player } from './media/player';
import { MessageList } from './MessageList';
import { useUnreadMark } from './unread';
import { emptyWindow } from './window';
import { whyNotWrite } from './writing';

/** A conversation: what was said, and where to say something. */
export function ConversationView({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { userId: me } = chat;
  const groupId = groupIdOf(convId);
  const other = groupId === undefined ? otherOf(convId, me) : undefined;
  const listed = useChatState(({ conversations }) => conversations[convId]);
  const former = useChatState(({ left }) => left[convId]);
  const window = useChatState(({ windows }) => windows[convId]);
  const synced = useChatState((state) => state.synced);
  const isBlocked = useChatState(({ blocks }) => other !== undefined && Object.hasOwn(blocks, other));
  const isAway = useChatState(({ connection }) => connection.isAway);
  const waits = useChatState(({ outbox }) => outbox.some((item) => item.convId === convId));
  const [problem, setProblem] = useState<ParleyErrorCode>();
  const [attempt, setAttempt] = useState(0);
  const [target, setTarget] = useState<Target>();
  const [intent, setIntent] = useState<Intent>();
  const line = listed ?? former;
  // A group that the user left before this page was opened is called by nobody.
  const name = useConversationName({ name: line?.name, userId: other }) || t('messages.someGroup');
  const unread = useUnreadMark(convId);
  const now = useNowAfter(listed?.mutedUntil);

  const isLoaded = window !== undefined;
  useEffect(() => {
    // Before the list is known it is not known where to begin.
    if (!synced || isLoaded) return;
    let over = false;
    chat.open(convId).then(
      () => over || setProblem(undefined),
      (error: unknown) => over || setProblem(error instanceof ParleyError ? error.code : 'INTERNAL'),
    );
    return () => void (over = true);
  }, [chat, convId, synced, isLoaded, attempt]);

  // What is heard belongs to where it was said.
  useEffect(() => () => player.stop(), []);

  const jump = useCallback(
    (to: Target['to']) => {
      const loaded = to === 'end' ? chat.windows.jumpToEnd(convId) : chat.windows.jumpTo(convId, to);
      // A place that cannot be loaded now is left alone: the connection bar says why.
      loaded.then(() => setTarget({ to, nonce: Math.random() })).catch(() => undefined);
    },
    [chat, convId],
  );

  const wanted = seqAt(useSearch());
  const [, go] = useLocation();
  useEffect(() => {
    if (wanted === undefined || !synced) return;
    jump(wanted);
    // So that the same way can be gone again.
    go(placeOf(convId), { replace: true });
  }, [wanted, synced, jump, go, convId]);

  if (problem !== undefined && !window) return <Problem code={problem} onRetry={() => setAttempt((now) => now + 1)} />;
  // What waits to be sent is there without a network too.
  const shown = window ?? (waits && isAway ? emptyWindow : undefined);
  const why = whyNotWrite({ line: listed, former, isBlocked, isGroup: groupId !== undefined, isLoaded, now });
  return (
    <div className={styles.view}>
      <div className={styles.talk}>
        {/* On a phone the list, which says it otherwise, is not to be seen. */}
        <div className={styles.connection}>
          <ConnectionBar />
        </div>
        <Header convId={convId} line={line} name={name} other={other} />
        {shown ? (
          <MessageList
            key={shown.id}
            convId={convId}
            window={shown}
            line={line}
            name={name}
            unread={unread.mark}
            target={target}
            canWrite={why === undefined}
            onIntent={setIntent}
            onJump={jump}
          />
        ) : (
          <Loading isAway={isAway} />
        )}
        <Composer
          convId={convId}
          line={line}
          why={why}
          intent={intent}
          onIntent={setIntent}
          onSent={() => {
            unread.forget();
            jump('end');
          }}
        />
      </div>
    </div>
  );
}

function Problem({ code, onRetry }: { readonly code: ParleyErrorCode; readonly onRetry: () => void }): ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const isGone = ['NOT_FOUND', 'NOT_GROUP_MEMBER', 'BAD_REQUEST', 'FORBIDDEN'].includes(code);
  return (
    <div className={styles.problem} role="alert">
      <p>{isGone ? t('messages.noConversation') : t(`errors.${code}`)}</p>
      {isGone ? (
        <Button onClick={() => go('/')}>{t('messages.toList')}</Button>
      ) : (
        <Button onClick={onRetry}>{t('messages.tryAgain')}</Button>
      )}
    </div>
  );
}

function Loading({ isAway }: { readonly isAway: boolean }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status">
      <span className={styles.spinner} aria-hidden="true" />
      {isAway ? <p>{t('messages.whenOnline')}</p> : <span className="visually-hidden">{t('shell.loading')}</span>}
    </div>
  );
}
