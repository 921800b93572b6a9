import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Chat } from './chat';
import type { Account } from './session/account';
import type { ChatState } from './state';

/** The chat and the account of who is signed in, for every view of it. */
export const ChatContext = createContext<{ readonly chat: Chat; readonly account: Account } | undefined>(undefined);

function useContextOrThrow() {
  const context = useContext(ChatContext);
  if (!context) throw new Error('nobody is signed in here');
  return context;
}

export const useChat = (): Chat => useContextOrThrow().chat;
export const useAccount = (): Account => useContextOrThrow().account;

/** A part of the chat's state; the view is drawn again when that part is another one. */
export function useChatState<T>(select: (state: ChatState) => T): T {
  return useStore(useChat().store, select);
}
