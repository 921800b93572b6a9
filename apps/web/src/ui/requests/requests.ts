import { newClientMsgId } from '@app/sdk';
import { create } from 'zustand';
import type { Answer, ConsoleClient } from '../connections/client';
import { keep, kept } from '../kept';
import { emptied, masked } from '../secrets';
import type { Operation, Protocol, Route } from './documents';
import { type Field, fieldOf, routeField } from './fields';

/** Something that was asked for. */
export interface Sent {
  readonly id: string;
  readonly key: string;
  /** The connection that asked. */
  readonly letter: string;
  readonly at: number;
  readonly value: unknown;
  readonly ok: boolean;
  readonly code: string;
  readonly tookMs: number;
}

interface Requests {
  readonly key: string;
  readonly shows: 'form' | 'history';
  /** What is filled in, as JSON text, by operation. */
  readonly drafts: Readonly<Record<string, string>>;
  /** The last answer, by operation. */
  readonly answers: Readonly<Record<string, Answer>>;
  readonly history: readonly Sent[];
  /** Operations that wait for their answer. */
  readonly busy: ReadonlySet<string>;
  /** What is uploaded; a file cannot be part of JSON. */
  readonly file?: File | undefined;
}

const mostHistory = 60;

/** In the place of an operation: any text for the socket. */
export const rawKey = 'raw';

/** What is filled in, what was answered, and what was asked for before. */
export const useRequests = create<Requests>(() => ({
  key: kept('operation', 'action:subscribe_group'),
  shows: 'form',
  drafts: kept('drafts', {}),
  answers: {},
  history: kept('history', []),
  busy: new Set(),
}));

/** Shows the form of an operation; with `value`, filled in so. */
export function choose(key: string, value?: unknown): void {
  useRequests.setState({ key, shows: 'form' });
  keep('operation', key);
  if (value !== undefined) fill(key, JSON.stringify(emptied(value), null, 2));
}

/** Shows the form, or what was sent before. */
export const show = (shows: Requests['shows']): void => useRequests.setState({ shows });

/** Changes what is filled in for an operation. */
export function fill(key: string, text: string): void {
  const drafts = { ...useRequests.getState().drafts, [key]: text };
  useRequests.setState({ drafts });
  keep('drafts', Object.fromEntries(Object.entries(drafts).flatMap(([name, draft]) => withoutSecrets(name, draft))));
}

/** Takes a file for the next upload. */
export const takeFile = (file: File | undefined): void => useRequests.setState({ file });

/** The form of an operation. */
export function formOf(operation: Operation, protocol: Protocol): Field {
  return operation.kind === 'action' ? fieldOf(operation.input, protocol) : routeField(operation, protocol);
}

/** Asks for an operation by a connection, and keeps the answer and a line of the history. A message that was stored gets a new id for the next time. */
export async function send(client: ConsoleClient, operation: Operation, value: unknown): Promise<void> {
  const { key } = operation;
  setBusy(key, true);
  const answer = operation.kind === 'action' ? await client.ask(operation.name, value) : await ask(client, operation, value);
  setBusy(key, false);
  const { answers, history } = useRequests.getState();
  const code = answer.status === undefined ? (answer.code ?? 'ack') : String(answer.status);
  const sent: Sent = {
    id: newClientMsgId(),
    key,
    letter: client.letter,
    at: Date.now(),
    value: masked(value),
    ok: answer.ok,
    code,
    tookMs: answer.tookMs,
  };
  const lines = [sent, ...history].slice(0, mostHistory);
  useRequests.setState({ answers: { ...answers, [key]: answer }, history: lines });
  keep('history', lines);
  if (answer.ok) renewId(key, value);
}

/** Forgets what was asked for. */
export function clearHistory(): void {
  useRequests.setState({ history: [] });
  keep('history', []);
}

function ask(client: ConsoleClient, route: Route, value: unknown): Promise<Answer> {
  const { params, query, body } = (value ?? {}) as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
  const { file } = useRequests.getState();
  const { method, path, takes } = route;
  return client.request(
    { method, path, params, query, body, takes, ...(takes === 'json' ? {} : { file }) },
    { open: route.auth === 'none' },
  );
}

function setBusy(key: string, isBusy: boolean): void {
  const busy = new Set(useRequests.getState().busy);
  if (isBusy) busy.add(key);
  else busy.delete(key);
  useRequests.setState({ busy });
}

/** The same id again would be the same message again. */
function renewId(key: string, value: unknown): void {
  const sent = (value ?? {}) as { clientMsgId?: unknown; body?: { clientMsgId?: unknown } };
  const draft = useRequests.getState().drafts[key];
  // Somebody went on typing meanwhile.
  if (draft !== undefined && draft !== JSON.stringify(value, null, 2)) return;
  if (typeof sent.clientMsgId === 'string') fill(key, JSON.stringify({ ...sent, clientMsgId: newClientMsgId() }, null, 2));
  else if (typeof sent.body?.clientMsgId === 'string') {
    fill(key, JSON.stringify({ ...sent, body: { ...sent.body, clientMsgId: newClientMsgId() } }, null, 2));
  }
}

function withoutSecrets(name: string, draft: string): [string, string][] {
  try {
    return [[name, JSON.stringify(emptied(masked(JSON.parse(draft))), null, 2)]];
  } catch {
    // What is no JSON yet may hide anything.
    return [];
  }
}
