import type { AllEvents, ConnectionChange, Conversation, EventData } from '@app/sdk';
import { createStore } from 'zustand/vanilla';
import type { Conversations } from './conversations/conversations';
import type { UploadItem } from './messages/uploads';
import type { MessageWindow } from './messages/window';
import type { OutboxItem } from './outbox/item';

export type Friend = AllEvents['friends'][number];
export type FriendRequest = AllEvents['friendRequests'][number];
export type GroupRequest = AllEvents['groupRequests'][number];
export type Block = AllEvents['blocks'][number];

/** How a membership ended. */
export type Leaving = EventData<'group_removed'>['reason'];

/** A group that the user is in no more, as it was then. */
export interface FormerLine extends Conversation {
  /** Missing where it is not known. */
  readonly why?: Leaving;
}

/** The connection, and when its next attempt begins (ms since 1970). */
interface ConnectionView extends Pick<ConnectionChange, 'state' | 'closeCode'> {
  readonly retryAt?: number;
  /** Whether an attempt has failed since it was there last, or since the page began. */
  readonly isAway: boolean;
}

export interface PresenceView {
  readonly online: boolean;
  readonly lastSeenAt: number | null;
}

/** Everything that comes by the connection and is shown. Lists that are only asked for (members, sessions, …) are queries of their views. */
export interface ChatState {
  readonly connection: ConnectionView;
  /** Whether the list has come once. */
  readonly synced: boolean;
  readonly conversations: Conversations;
  /** Groups that the user is in no more, since this page was opened. */
  readonly left: Readonly<Record<string, FormerLine>>;
  readonly windows: Readonly<Record<string, MessageWindow>>;
  readonly outbox: readonly OutboxItem[];
  readonly uploads: readonly UploadItem[];
  /** Who is writing, by conversation and user: until when that holds (ms since 1970). */
  readonly typing: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly presence: Readonly<Record<string, PresenceView>>;
  readonly friends: Readonly<Record<string, Friend>>;
  readonly friendRequests: Readonly<Record<string, FriendRequest>>;
  readonly groupRequests: Readonly<Record<string, GroupRequest>>;
  readonly blocks: Readonly<Record<string, Block>>;
}

const emptyState: ChatState = {
  connection: { state: 'connecting', isAway: false },
  synced: false,
  conversations: {},
  left: {},
  windows: {},
  outbox: [],
  uploads: [],
  typing: {},
  presence: {},
  friends: {},
  friendRequests: {},
  groupRequests: {},
  blocks: {},
};

export const createChatStore = () => createStore<ChatState>(() => emptyState);
export type ChatStore = ReturnType<typeof createChatStore>;
