import { type ReactNode, Suspense, lazy, useEffect, useState } from 'react';
import { Router } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import { Chat } from './chat';
import { ChatContext } from './chat-context';
import { Account, type SignedIn, type SignedOutReason, deviceName } from './session/account';
import { Boundary } from './shell/Boundary';
import { Shell } from './shell/Shell';
import { Toasts } from '../kit/Toasts';

/** Who stays signed in needs none of it. */
const SignIn = lazy(() => import('./session/SignIn').then((module) => ({ default: module.SignIn })));

const account = new Account();

/** The chat app: who is signed in sees their conversations, others see where to sign in. */
export function App(): ReactNode {
  const [signedIn, setSignedIn] = useState<SignedIn | undefined>(() => account.remembered());
  const [reason, setReason] = useState<SignedOutReason>();
  const chat = useChat(signedIn);
  const queries = useQueryClient();

  useEffect(() => {
    account.whenSignedOut((why) => {
      setReason(why);
      setSignedIn(undefined);
      queries.clear();
    });
  }, [queries]);

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
function useChat(signedIn: SignedIn | undefined): Chat | undefined {
  const [chat, setChat] = useState<Chat>();
  const userId = signedIn?.userId;
  useEffect(() => {
    if (userId === undefined) return;
    let begun: Chat | undefined;
    let over = false;
    void deviceName().then((device) => {
      if (over) return;
      begun = new Chat(userId, account, device);
      setChat(begun);
    });
    return () => {
      over = true;
      begun?.close();
      setChat(undefined);
    };
  }, [userId]);
  return chat;
}
