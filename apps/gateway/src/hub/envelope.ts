import type { BusMessage } from '@app/bus';
import type { SettingsHead } from '@app/config';
import type { NudgeHead } from '@app/fanout';
import { type ConversationName, type Entry, encodeEvent, parseConvId } from '@app/protocol';
import { textFrame } from './ws-frame';

/** Head of a stored entry on its way to the listeners of its conversation. */
export interface EntryHead {
  readonly kind: 'entry';
  readonly convId: string;
  readonly seq: number;
  /** Store time of the entry. */
  readonly at: number;
  /** Store time of the entry before it, 0 before the first. */
  readonly prevAt: number;
  /** The user whose membership this entry ends. */
  readonly left?: string;
  /** It ends the conversation: nobody hears anything after it. */
  readonly ends?: true;
  /** The seq of the message that this entry takes back or changes: what was said before is not told any more. */
  readonly erases?: number;
  /** When what this entry says is to be told no more: the message ends by itself, by the store's time. */
  readonly endsAt?: number;
}

/** Head of a state event for a user's own devices. */
export interface StateHead {
  readonly kind: 'state';
}

/** Head of a passing event for those who hear a group, except for the connections of one user. */
export interface PassingHead {
  readonly kind: 'passing';
  readonly convId: string;
  readonly exceptUserId: string;
}

/** A word about which connection a device keeps. */
export type DeviceHead =
  | { readonly kind: 'device_connected'; readonly deviceId: string; readonly connectionId: string }
  | { readonly kind: 'device_contested'; readonly connectionId: string; readonly byConnectionId: string }
  | { readonly kind: 'device_replaced'; readonly connectionId: string };

/** A word to all gateways: a session was ended. Those that have no connection of the user may have read it, too. */
export interface RevokedHead {
  readonly kind: 'session_revoked';
  readonly userId: string;
  readonly sessionId: string;
}

export type Head = EntryHead | StateHead | PassingHead | NudgeHead | DeviceHead | RevokedHead | SettingsHead;

/** Whether a head that claims to be of an entry is one: another program may publish on the same Redis, or another version of this one. */
export function isEntryHead({ convId, seq, at, prevAt }: { readonly [K in keyof EntryHead]?: unknown }): boolean {
  return typeof convId === 'string' && Number.isSafeInteger(seq) && Number(seq) > 0 && Number.isFinite(at) && Number.isFinite(prevAt);
}

/** Whether a head that claims to be of an ended session is one. */
export function isRevokedHead({ userId, sessionId }: { readonly [K in keyof RevokedHead]?: unknown }): boolean {
  return [userId, sessionId].every((id) => typeof id === 'string' && id.length <= 64);
}

/** An entry together with its frame. */
export type EntryEnvelope = BusMessage<EntryHead>;

const noBody = Buffer.alloc(0);

export const userTopic = (userId: string): string => `user:${userId}`;

/** Where every gateway hears of sessions that were ended. */
export const sessionsTopic = 'sessions';

/** Where the entries of a conversation are published: at both users of a c2c, at the group. */
export const entryTopics = (name: ConversationName): readonly string[] =>
  name.convType === 'c2c' ? name.users.map(userTopic) : [name.convId];

/** Whether entries of a conversation come by this topic. */
export function isTopicOf(topic: string, convId: string): boolean {
  if (topic === convId) return true;
  const name = parseConvId(convId);
  return name?.convType === 'c2c' && name.users.some((userId) => userTopic(userId) === topic);
}

/** Wraps a stored entry; its frame is encoded here, once for all who hear it. */
export function entryEnvelope(entry: Entry, prevAt: number): EntryEnvelope {
  const left = entry.kind === 'member_left' ? { left: entry.userId } : {};
  const ends = entry.kind === 'group_dissolved' ? { ends: true as const } : {};
  const erases = entry.kind === 'recalled' || entry.kind === 'edited' ? { erases: entry.targetSeq } : {};
  const timed = 'expireAtMs' in entry && entry.expireAtMs !== undefined ? { endsAt: entry.expireAtMs } : {};
  return {
    head: { kind: 'entry', convId: entry.convId, seq: entry.seq, at: entry.timestamp, prevAt, ...left, ...ends, ...erases, ...timed },
    body: entryFrame(entry),
  };
}

/** The event that tells of an entry. */
function entryFrame(entry: Entry): Buffer {
  if (entry.kind !== 'message') return textFrame(encodeEvent('entry', entry));
  const { kind: _, ...message } = entry;
  return textFrame(encodeEvent('message', message));
}

export const stateEnvelope = (event: string, data: unknown): BusMessage<StateHead> => ({
  head: { kind: 'state' },
  body: textFrame(encodeEvent(event, data)),
});

export const passingEnvelope = (convId: string, exceptUserId: string, event: string, data: unknown): BusMessage<PassingHead> => ({
  head: { kind: 'passing', convId, exceptUserId },
  body: textFrame(encodeEvent(event, data)),
});

export const nudgeEnvelope = (head: NudgeHead, event: string): BusMessage<NudgeHead> => ({ head, body: Buffer.from(event) });

export const deviceEnvelope = (head: DeviceHead): BusMessage<DeviceHead> => ({ head, body: noBody });

export const revokedEnvelope = (userId: string, sessionId: string): BusMessage<RevokedHead> => ({
  head: { kind: 'session_revoked', userId, sessionId },
  body: noBody,
});

export const settingsEnvelope = (head: SettingsHead): BusMessage<SettingsHead> => ({ head, body: noBody });
