import { newClientMsgId } from '@app/sdk';
import type { LogEntry } from '../connections/frame-log';
import type { Operation } from './documents';
import { type Field, blank } from './fields';
import { meaningOf, suggestionsFor } from './suggestions';

/** What forms begin with where the simplest value says little. */
const beginnings: Readonly<Record<string, unknown>> = {
  text: 'Hello!',
  payload: { text: 'Hello!' },
  name: 'A group',
  username: 'alice',
  password: 'password-1',
  nickname: 'Alice',
  mimeType: 'text/plain',
};

/** What is worth to be tried first, although it need not be given. */
const extras: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'action:subscribe_group': { fromSeq: 0 },
};

/** Who is meant, in requests that name a conversation by one of three. */
const targets = ['groupId', 'to', 'convId'];

/** What was seen by who asks. */
export interface Seen {
  readonly entries: readonly LogEntry[];
  readonly userId: string | undefined;
}

/** A first value for an operation: what is required, with ids that were seen on the wire. */
export function beginningOf(operation: Operation, field: Field, seen: Seen): unknown {
  const path = operation.kind === 'route' ? operation.path : '';
  const value = begun(field, blank(field), path, seen);
  const extra = extras[operation.key];
  return extra ? { ...(value as object), ...extra } : value;
}

function begun(field: Field, value: unknown, path: string, seen: Seen): unknown {
  if (field.kind !== 'object') return value;
  const object = { ...(value as Record<string, unknown>) };
  for (const { name, required, field: one } of field.fields) {
    if (!required) continue;
    const [known] = one.kind === 'text' ? suggestionsFor(meaningOf(name, path), seen.entries, seen.userId) : [];
    if (name === 'clientMsgId') object[name] = newClientMsgId();
    else if (name in beginnings && (one.kind === 'text' || one.kind === 'json')) object[name] = beginnings[name];
    else if (known !== undefined) object[name] = known;
    else object[name] = begun(one, object[name], path, seen);
  }
  return { ...targetOf(field.fields, seen), ...object };
}

function targetOf(fields: readonly { name: string; required: boolean }[], { entries, userId }: Seen): Record<string, string> {
  const open = targets.filter((target) => fields.some(({ name, required }) => name === target && !required));
  if (open.length < 2) return {};
  for (const name of open) {
    const [known] = suggestionsFor(name, entries, userId);
    if (known !== undefined) return { [name]: known };
  }
  return { [open[0]!]: '' };
}
