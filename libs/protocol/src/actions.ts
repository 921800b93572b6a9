import type { z } from 'zod';
import { ping } from './connection';
import { subscribe_group, unsubscribe_group } from './groups';
import { edit, entries, history, recall, send } from './messages';
import { presence } from './presence';
import { delivered, read } from './receipts';
import { sync } from './sync';
import { typing } from './typing';

/** Every WebSocket action, by its name on the wire. */
export const actions = {
  ping,
  send,
  subscribe_group,
  unsubscribe_group,
  history,
  entries,
  sync,
  read,
  delivered,
  recall,
  edit,
  typing,
  presence,
} as const;

export type ActionName = keyof typeof actions;
/** What a client may write as `data` of an action. */
export type ActionRequest<A extends ActionName> = z.input<(typeof actions)[A]['input']>;
/** What a handler gets: the request after its schema. */
export type ActionInput<A extends ActionName> = z.output<(typeof actions)[A]['input']>;
/** `data` of the ack. */
export type ActionOutput<A extends ActionName> = z.output<(typeof actions)[A]['output']>;

/** Whether a client's string names an action. */
export const isActionName = (name: string): name is ActionName => Object.hasOwn(actions, name);
