export { type AllEvents, type ClientEvents, type SyncEvents, ParleyClient, type ParleyOptions } from './client';
export type { BackoffOptions } from './backoff';
export type { ConnectionChange, ConnectionState } from './connection';
export type { TokenRequest, TokenSource } from './credentials';
export type { Unsubscribe } from './emitter';
export { type LocalErrorCode, ParleyError, type ParleyErrorCode, type ParleyErrorDetails } from './errors';
export { type Target, c2cConvId, groupConvId, groupIdOf, newClientMsgId } from './ids';
export { type FileBytes, ParleyRest, type RequestArguments, type RestOptions, type UploadOptions } from './rest';
export type { OutgoingMessage, PendingMessage } from './sends';
export type { Socket, SocketConstructor } from './socket';
export type { ClientState } from './state';
export type { Gap, Timeline, TimelineEnd, TimelineEvents, TimelineReset } from './timeline';
export type { TimelineOptions, TimelineTarget } from './timelines';
export type { SendAck, Session, SyncSections } from './wire';
export type {
  ActionName,
  ActionOutput,
  ActionRequest,
  Conversation,
  Entry,
  EntryEvent,
  ErrorCode,
  EventData,
  EventName,
  Issue,
  JsonRoute as RouteName,
  Message,
  MessageType,
  RouteAnswer,
  RouteRequest,
} from '@app/protocol';
