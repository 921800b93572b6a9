import { type ReactNode, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Router } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import { Chat } from './chat';
import { ChatContext } from './chat-context';
import { forgetKept } from './conversations/last-visit';
import { remembering } from './remembering';
import type { Account, SignedIn, SignedOutReason } from './session/account';
import { deviceName } from './session/device-name';
import { Boundary } from './shell/Boundary';
import { Shell } from './shell/Shell';
import { part } from '../kit/part';
import { Toasts } from '../kit/Toasts';

/** Who stays signed in needs none of it. */
const SignIn = part(() => import('./session/SignIn').then((module) => ({ default: module.SignIn })));

interface AppProps {
  readonly account: Account;
  /** The chat that began before anything was drawn. */
  readonly begun: Chat | undefined;
}

/** The chat app: who is signed in sees their conversations, others see where to sign in. */
export function App({ account, begun }: AppProps): ReactNode {
  const [signedIn, setSignedIn] = useState<SignedIn | undefined>(begun);
  const [reason, setReason] = useState<SignedOutReason>();
  const chat = useChat(account, signedIn, begun);
  const queries = useQueryClient();
  // Before the first picture, which shows it.
  useLayoutEffect(() => (chat ? remembering(chat, queries) : undefined), [chat, queries]);

  useEffect(() => {
    account.whenChanged((now, why) => {
      setReason(why);
      forgetKept();
      setSignedIn(now);
      queries.clear();
      // Where somebody else was is no place to begin at.
      if (why !== 'ended') history.replaceState(null, '', '/app');
    });
  }, [account, queries]);

  if (!signedIn) {
    return (
      <Boundary>
        <Suspense>
          <SignIn account={account} reason={reason} onSignedIn={setSignedIn} />
        </Suspense>
      </Boundary>
    );
  }
  if (!chat) return null;
  return (
    <Router base="/app">
      <ChatContext value={{ chat, account }}>
        <Boundary>
          <Shell />
        </Boundary>
        <Toasts />
      </ChatContext>
    </Router>
  );
}

/** The chat of who is signed in, from its first moment to its last. */
function useChat(account: Account, signedIn: SignedIn | undefined, begun: Chat | undefined): Chat | undefined {
  const [chat, setChat] = useState(begun);
  const waiting = useRef(begun);
  const userId = signedIn?.userId;
  useEffect(() => {
    if (userId === undefined) return;
    let current = waiting.current;
    waiting.current = undefined;
    let over = false;
    if (!current) {
      void deviceName().then((device) => {
        if (over) return;
        current = new Chat(userId, account, device);
        setChat(current);
      });
    }
    return () => {
      over = true;
      current?.close();
      setChat(undefined);
    };
  }, [account, userId]);
  return chat;
}
