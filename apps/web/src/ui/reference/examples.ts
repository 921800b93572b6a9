import { type Protocol, type Schema, resolved } from '../requests/documents';

/** Values that say more than the simplest one would, by the names of fields. */
const telling: Readonly<Record<string, unknown>> = {
  convId: 'group:k6564x9bd5mf',
  groupId: 'k6564x9bd5mf',
  userId: 'n9mqaenjsjcs',
  from: 'n9mqaenjsjcs',
  to: 'qvwbykbafe67',
  friendId: 'qvwbykbafe67',
  ownerId: 'n9mqaenjsjcs',
  authorId: 'n9mqaenjsjcs',
  deviceId: 'alices-phone',
  sessionId: 'n7pjekb6sgq7',
  clientMsgId: '01M8C89HRA53F4C7GE79GRM9SF',
  serverMsgId: '2-5-mwxq9xgn',
  fileId: 'f3k9w2',
  username: 'alice',
  nickname: 'Alice',
  password: 'a-long-password',
  name: 'Weekend',
  text: 'Hello!',
  payload: { text: 'Hello!' },
  reason: 'a typo',
  mimeType: 'image/png',
  epoch: 'm3c1',
  type: 'text',
};
const moment = 1_767_225_600_000;

/** Fields that are shown although they need not be given: they are what one comes for. */
const worthShowing = ['fromSeq'];

/** A value that fits a schema: what is always there, or everything where nothing is, and of each list one item. */
export function exampleOf(schema: Schema, protocol: Pick<Protocol, 'schemas'>, name = '', depth = 0): unknown {
  const own = resolved(schema, protocol);
  const [option] = (own.oneOf ?? own.anyOf ?? []) as readonly Schema[];
  if (option) return exampleOf(option, protocol, name, depth);
  if (own.const !== undefined) return own.const;
  const told = telling[name];
  if (Array.isArray(own.enum)) return own.enum.includes(told) ? told : (own.enum[0] as unknown);
  const [type] = [own.type].flat();
  switch (type) {
    case 'string':
      return typeof told === 'string' && fits(own, told) ? told : textFor(own);
    case 'integer':
    case 'number':
      return /(At|timestamp|Time|Until|expires|AtMs)$/.test(name) ? moment : Math.max(Number(own.minimum ?? 1), 1);
    case 'boolean':
      return true;
    case 'array':
      return depth > 4 ? [] : [exampleOf((own.items ?? {}) as Schema, protocol, singular(name), depth + 1)];
    case 'object':
      if (own.properties === undefined) return typeof told === 'object' ? told : {};
      return objectFor(own, protocol, depth);
    default:
      return type === 'null' ? null : {};
  }
}

function objectFor(own: Schema, protocol: Pick<Protocol, 'schemas'>, depth: number): unknown {
  const required = (own.required ?? []) as readonly string[];
  const properties = Object.entries(own.properties as Record<string, Schema>);
  const names = properties.map(([name]) => name);
  // A conversation is named by one of three, none of which is required by itself.
  const target = ['groupId', 'convId', 'to'].filter((name) => names.includes(name));
  const isNamed = target.some((name) => required.includes(name)) || target.length < 2;
  return Object.fromEntries(
    properties
      .filter(
        ([name]) =>
          required.includes(name) ||
          worthShowing.includes(name) ||
          (!isNamed && name === target[0]) ||
          (required.length === 0 && target.length < 2 && depth < 2),
      )
      .map(([name, field]) => [name, exampleOf(field, protocol, name, depth + 1)]),
  );
}

function fits({ pattern, minLength = 0, maxLength = Infinity }: Schema, text: string): boolean {
  if (text.length < Number(minLength) || text.length > Number(maxLength)) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
}

/** Texts of the shapes that there are: words, ids, digests. */
const shapes = ['…', 'example', 'f3k9w2', 'a'.repeat(64), 'text/plain', 'https://example.org/a.png'];

function textFor(own: Schema): string {
  if (own.format === 'uri') return 'https://example.org/a.png';
  return shapes.find((text) => fits(own, text)) ?? 'x'.repeat(Number(own.minLength ?? 1));
}

const singular = (name: string): string => name.replace(/Ids$/, 'Id').replace(/s$/, '');
