import { mask } from '../secrets';
import type { Route } from './documents';

/** Where the code is to run against, and by which token; without one the code names a place to put it. */
export interface CodeContext {
  /** `https://chat.example.org` */
  readonly origin: string;
  readonly token?: string | undefined;
}

/** The ways in which a request can be written. */
export type CodeKind = 'sdk' | 'ws' | 'websocat' | 'fetch' | 'curl';

/** What a route is asked with. */
export interface RouteInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export const actionKinds = ['sdk', 'ws', 'websocat'] as const satisfies readonly CodeKind[];
export const routeKinds = ['sdk', 'fetch', 'curl'] as const satisfies readonly CodeKind[];

/** A program that asks for an action. */
export function codeOfAction(kind: (typeof actionKinds)[number], name: string, data: unknown, context: CodeContext): string {
  return actionWriters[kind](name, data, context);
}

/** A program that asks a route. */
export function codeOfRoute(kind: (typeof routeKinds)[number], route: Route, input: RouteInput, context: CodeContext): string {
  return routeWriters[kind](route, input, context);
}

/** A program of the SDK that listens to an event. */
export function codeOfEvent(name: string, context: CodeContext): string {
  return [sdkHead(context), `client.on('${name}', (data) => console.log(data));`].join('\n');
}

type ActionWriter = (name: string, data: unknown, context: CodeContext) => string;
type RouteWriter = (route: Route, input: RouteInput, context: CodeContext) => string;

const actionWriters: Readonly<Record<(typeof actionKinds)[number], ActionWriter>> = {
  sdk: (name, data, context) => {
    if (name === 'subscribe_group') return timelineCode(data, context);
    const call = name === 'send' && fitsSend(data) ? `client.send(${literal(data)})` : `client.call('${name}', ${literal(data)})`;
    return [sdkHead(context), `const answer = await ${call};`, 'console.log(answer);'].join('\n');
  },
  ws: (name, data, context) =>
    [
      "import { WebSocket } from 'ws'; // a browser has its own",
      '',
      `const socket = new WebSocket('${socketOf(context)}', ['parley.v1', \`bearer.${inTemplate(context)}\`]);`,
      "socket.addEventListener('message', ({ data }) => {",
      '  const frame = JSON.parse(data);',
      '  console.log(frame);',
      "  if (frame.action !== 'connected') return;",
      `  socket.send(JSON.stringify(${indented(literal({ action: name, ref: '1', data }), '  ')}));`,
      '});',
      "socket.addEventListener('close', ({ code, reason }) => console.log(code, reason));",
    ].join('\n'),
  websocat: (name, data, context) =>
    [
      `echo ${quoted(JSON.stringify({ action: name, ref: '1', data }))} |`,
      `  websocat --no-close -H="Authorization: Bearer ${inShell(context)}" --protocol parley.v1 ${socketOf(context)}`,
    ].join('\n'),
};

const routeWriters: Readonly<Record<(typeof routeKinds)[number], RouteWriter>> = {
  sdk: (route, input, context) => {
    const open = route.auth === 'none';
    const head = open ? restHead(context) : sdkHead(context);
    const client = open ? 'rest' : 'client';
    if (route.takes !== 'json') {
      return [
        head,
        `const file = await ${client}.upload(blob, { name: 'photo.png' }); // a Blob, an ArrayBuffer or a Uint8Array`,
        'console.log(file);',
      ].join('\n');
    }
    if (route.output === undefined) {
      const id = literal(input.params?.id ?? '');
      return [head, `const links = await ${client}.links([${id}]);`, `console.log(links.get(${id})?.url);`].join('\n');
    }
    const given = filled(input);
    const args = Object.keys(given).length === 0 ? '' : `, ${literal(given)}`;
    return [head, `const answer = await ${client}.request('${route.name}'${args});`, 'console.log(answer);'].join('\n');
  },
  fetch: (route, input, context) => {
    const headers = {
      ...(route.auth === 'none' ? {} : { authorization: '@token' }),
      ...(hasBody(route, input) && route.takes === 'json' ? { 'content-type': 'application/json' } : {}),
    };
    const options = [
      `  method: '${route.method}',`,
      ...(Object.keys(headers).length === 0
        ? []
        : [`  headers: ${literal(headers).replace("'@token'", () => `\`Bearer ${inTemplate(context)}\``)},`]),
      ...(route.takes === 'json'
        ? hasBody(route, input)
          ? [`  body: JSON.stringify(${indented(literal(input.body), '  ')}),`]
          : []
        : [route.takes === 'form' ? '  body: form, // a FormData with `file`' : '  body: blob,']),
    ];
    return [
      `const response = await fetch('${addressIn(route, input, context)}', {`,
      ...options,
      '});',
      'console.log(response.status, await response.json());',
    ].join('\n');
  },
  curl: (route, input, context) => {
    const lines = [
      `curl${route.method === 'GET' ? '' : ` -X ${route.method}`} ${quoted(addressIn(route, input, context))}`,
      ...(route.auth === 'none' ? [] : [`  -H "Authorization: Bearer ${inShell(context)}"`]),
    ];
    if (route.takes === 'form') lines.push('  -F file=@photo.png');
    else if (route.takes === 'bytes') lines.push('  --data-binary @photo.png');
    else if (hasBody(route, input)) lines.push("  -H 'Content-Type: application/json'", `  -d ${quoted(JSON.stringify(input.body))}`);
    return lines.join(' \\\n');
  },
};

/** What the SDK has for it: a subscription that comes back after every cut. */
function timelineCode(data: unknown, context: CodeContext): string {
  const { groupId = '', fromSeq } = (data ?? {}) as { groupId?: unknown; fromSeq?: unknown };
  const options = fromSeq === undefined ? '' : `, ${literal({ fromSeq })}`;
  return [
    sdkHead(context),
    `const timeline = client.timeline(${literal({ groupId })}${options}); // subscribes, and again after every cut`,
    "timeline.on('entry', (entry) => console.log(entry.seq, entry));",
    "timeline.on('gap', ({ from, to }) => console.log('never to be had', from, to));",
  ].join('\n');
}

/** What `client.send` takes; it survives cuts, which a call does not. */
const sendFields = ['to', 'groupId', 'convId', 'type', 'payload', 'clientMsgId', 'replyTo', 'mentions'];
const fitsSend = (data: unknown): boolean => Object.keys(data ?? {}).every((name) => sendFields.includes(name));

function sdkHead(context: CodeContext): string {
  return [
    "import { ParleyClient } from '@parley/sdk';",
    '',
    `const client = new ParleyClient({ url: '${context.origin}', token: ${tokenIn(context)} });`,
  ].join('\n');
}

function restHead({ origin }: CodeContext): string {
  return ["import { ParleyRest } from '@parley/sdk';", '', `const rest = new ParleyRest({ url: '${origin}' });`].join('\n');
}

const tokenIn = ({ token }: CodeContext): string => (token === undefined ? 'process.env.PARLEY_TOKEN' : `'${token}'`);
const inTemplate = ({ token }: CodeContext): string => token ?? '${process.env.PARLEY_TOKEN}';
const inShell = ({ token }: CodeContext): string => token ?? '$PARLEY_TOKEN';
const socketOf = ({ origin }: CodeContext): string => `${origin.replace(/^http/, 'ws')}/ws`;
const hasBody = (route: Route, { body }: RouteInput): boolean => route.body !== undefined && body !== undefined;

function filled({ params, query, body }: RouteInput): RouteInput {
  const some = (part: object | undefined) => part !== undefined && Object.keys(part).length > 0;
  return {
    ...(some(params) ? { params: params! } : {}),
    ...(some(query) ? { query: query! } : {}),
    ...(body === undefined ? {} : { body }),
  };
}

function addressIn({ path }: Route, { params = {}, query = {} }: RouteInput, { origin }: CodeContext): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value));
  const at = path.replace(/\{(\w+)\}/g, (whole, name: string) =>
    params[name] === undefined ? whole : encodeURIComponent(text(params[name])),
  );
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, text(value)])).toString();
  return `${origin}${at}${search === '' ? '' : `?${search}`}`;
}

/** One word of a POSIX shell; what is masked is named as what it was. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`).replaceAll(mask, `'"$PARLEY_SECRET"'`)}'`;

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

const lineWidth = 96;

/** A value as JavaScript writes it: on one line where it fits. */
export function literal(value: unknown, indent = ''): string {
  const line = inLine(value);
  if (indent.length + line.length <= lineWidth || typeof value !== 'object' || value === null) return line;
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((one) => `${deeper}${literal(one, deeper)},`)
    : Object.entries(value).map(([name, one]) => `${deeper}${key(name)}: ${literal(one, deeper)},`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return [open, ...lines, `${indent}${close}`].join('\n');
}

function inLine(value: unknown): string {
  if (typeof value === 'string') return textLiteral(value);
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => `${key(name)}: ${inLine(one)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : textLiteral(name));

/** Between single quotes; what is masked is named as what it was. */
function textLiteral(text: string): string {
  if (text === mask) return 'process.env.PARLEY_SECRET';
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
