import { isUtf8 } from 'node:buffer';
import { type ActionName, type JsonSchema, type RouteDeclaration, type RouteName, actions, jsonSchemaOf, routes } from '@app/protocol';
import { type Person, RawSocket, type Seeded } from '@app/testing';
import { type Known, Mutations } from './mutations';

const maxFrameBytes = 65_536;

/** A frame as it goes out; `parts` are the fragments of its text or bytes. */
export interface Outgoing {
  readonly parts: readonly Buffer[];
  readonly binary: boolean;
}

/** A request as it goes out. */
export interface Call {
  readonly route: RouteName;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What stands now and then where something sensible is expected. */
const odd = {
  frame: ['[', '{"a":', '"', '[[],', '{"data":{"payload":'],
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'],
  prefix: ['//api', '/API', '/api/', '/%61pi', '/api/..', '/%zz', '/api;'],
  query: ['&&&', '=', '%', '__proto__=1', 'a[b]=c', 'limit=1&limit=2'],
  escape: ['%zz', '%', '%ff%fe', '%00', '%c0%80', 'a'.repeat(300)],
  contentType: [
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'multipart/form-data',
    'x',
    'application/x-www-form-urlencoded',
  ],
  cookie: ['parley_refresh=x', 'a=b; =;;;', '__proto__=1', `parley_refresh=${'%'.repeat(50)}`],
  forwardedFor: ['1.2.3.4', 'x'.repeat(500), ',,,'],
  url: [
    '//',
    '///',
    '//[',
    '*',
    '/%',
    '/\\',
    'http://[',
    'ws://x:99999/ws',
    '/ws#x',
    '/ws?token=%',
    '/ws?deviceId=%ff',
    '/ws?deviceId=a%20b',
    '/ws/',
  ],
  origin: ['http://127.0.0.1', 'null', '//', 'x:y'],
  header: ['', 'x', '0', '-1', '99', 'a'.repeat(20_000)],
  version: ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTCPCP/1.0', ''],
  subprotocol: ['parley.v1', 'parley.v1, bearer.', 'bearer.x', ',,', 'parley.v1, bearer.a, bearer.b', 'parley.v2'],
  line: ['Transfer-Encoding: chunked', 'Expect: 100-continue', 'Connection: close', 'X: \0', ': x', `A: ${'b'.repeat(20_000)}`],
} as const;

/** Frames, requests and bytes that a gateway should never get, and some that it should. The same seed makes the same ones. */
export class Nonsense {
  private readonly mutations: Mutations;

  constructor(
    private readonly random: Seeded,
    private readonly people: readonly Person[],
    known: Known,
  ) {
    this.mutations = new Mutations(random, known);
  }

  /** A frame that WebSocket itself lets through: not too large, and UTF-8 if it is text. */
  frame(): Outgoing {
    const { random } = this;
    for (;;) {
      const whole = Buffer.from(random.chance(0.15) ? this.mutations.damaged(this.goodBytes(), this.goodBytes()) : this.frameText());
      const binary = random.chance(0.03);
      if (whole.length > maxFrameBytes || (!binary && !isUtf8(whole))) continue;
      if (whole.length === 0 || random.chance(0.9)) return { parts: [whole], binary };
      const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(whole.length)).sort((a, b) => a - b);
      return { parts: [...cuts, whole.length].map((end, i) => whole.subarray(cuts[i - 1] ?? 0, end)), binary };
    }
  }

  /** Bytes of a client's frame, damaged on the wire or too large. */
  wireBytes(): Buffer {
    if (this.random.chance(0.1)) return maskedFrame(Buffer.alloc(maxFrameBytes + 1, ' '));
    return this.mutations.damaged(maskedFrame(this.goodBytes()), maskedFrame(this.goodBytes()));
  }

  /** A request to one of the routes. */
  call(): Call {
    const { random } = this;
    const route = random.pick(Object.keys(routes) as RouteName[]);
    const declared: RouteDeclaration = routes[route];
    const params = this.valueOf(declared.params);
    const path = declared.path.replace(/:(\w+)/g, (_, name: string) => this.escaped(own(params, name) ?? 'x'));
    const value = this.valueOf(declared.body);
    const text = value === undefined ? Buffer.alloc(0) : Buffer.from(this.mutations.text(value));
    const body = text.length > 0 && random.chance(0.15) ? this.mutations.damaged(text, text) : text;
    const contentType = random.chance(0.9) ? 'application/json' : random.pick(odd.contentType);
    return {
      route,
      method: random.chance(0.95) ? declared.method : random.pick(odd.method),
      path: `${random.chance(0.97) ? path : path.replace('/api', random.pick(odd.prefix))}${this.queryText(this.valueOf(declared.query))}`,
      headers: {
        ...(body.length > 0 || random.chance(0.1) ? { 'content-type': contentType } : {}),
        ...(random.chance(0.95) ? { authorization: `${random.pick(['Bearer', 'bearer'])} ${this.token()}` } : {}),
        ...(random.chance(0.03) ? { cookie: random.pick(odd.cookie) } : {}),
        ...(random.chance(0.03) ? { 'x-forwarded-for': random.pick(odd.forwardedFor) } : {}),
      },
      body,
    };
  }

  /** A request that is no HTTP any more, or an upgrade that is none. */
  brokenHttp(): string {
    const { random } = this;
    const upgrade = { Authorization: `Bearer ${random.pick(this.people).token}`, Origin: random.pick(odd.origin) };
    const good = random.chance(0.6)
      ? RawSocket.upgrade(`/ws?deviceId=d${random.below(5)}`, upgrade, random.chance(0.9) ? 'GET' : 'POST')
      : 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const bytes = Buffer.from(good, 'latin1');
    const changes: readonly (() => string)[] = [
      () => this.mutations.damaged(bytes, bytes).toString('latin1'),
      () => good.replace(/ \/\S+/, ` ${random.pick(odd.url)}`),
      () => good.replace(/(Key|Version|Length|Host): [^\r]*/, (_, name: string) => `${name}: ${random.pick(odd.header)}`),
      () => good.replace('HTTP/1.1', random.pick(odd.version)),
      () => good.replace('\r\n', `\r\nSec-WebSocket-Protocol: ${random.pick(odd.subprotocol)}\r\n`),
      () => good.replace('\r\n', `\r\n${random.pick(odd.line)}\r\n`),
    ];
    return random.pick(changes)();
  }

  private goodFrame(): { action: ActionName; ref: string; data: unknown } {
    const action = this.random.pick(Object.keys(actions) as ActionName[]);
    return { action, ref: `f${this.random.below(1_000_000)}`, data: this.mutations.fitting(inputOf(actions[action].input)) };
  }

  private goodBytes(): Buffer {
    return Buffer.from(JSON.stringify(this.goodFrame()));
  }

  private frameText(): string {
    const { random, mutations } = this;
    const good = this.goodFrame();
    const kind = random.below(16);
    if (kind === 0) return mutations.text(mutations.odd());
    if (kind === 1) return mutations.text({ ...good, [random.pick(['action', 'ref', 'data', 'from', '__proto__'])]: mutations.odd() });
    if (kind === 2) return random.pick(odd.frame).repeat(random.pick([1, 100, 3_000]));
    if (kind < 6) return mutations.text(good);
    return mutations.text({ ...good, data: mutations.wrong(inputOf(actions[good.action].input)) });
  }

  private valueOf(schema: RouteDeclaration['body']): unknown {
    if (!schema) return this.random.chance(0.9) ? undefined : this.mutations.odd();
    const json = inputOf(schema);
    return this.random.chance(0.3) ? this.mutations.fitting(json) : this.mutations.wrong(json);
  }

  private token(): string {
    const { token } = this.random.pick(this.people);
    return this.random.chance(0.9) ? token : this.random.pick(['', 'x', 'a.b.c', token.slice(0, -2), `${token}x`]);
  }

  private queryText(query: unknown): string {
    const { random } = this;
    if (typeof query !== 'object' || query === null) return random.chance(0.1) ? `?${random.pick(odd.query)}` : '';
    const pairs = Object.entries(query).map(([name, value]) => `${this.escaped(name)}=${this.escaped(value)}`);
    if (pairs[0] !== undefined && random.chance(0.05)) pairs.push(pairs[0]);
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
  }

  private escaped(value: unknown): string {
    if (this.random.chance(0.03)) return this.random.pick(odd.escape);
    const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 600);
    const bytes = Buffer.from(text).toString('latin1');
    return bytes.replace(/[^\w.~-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }
}

const rendered = new Map<unknown, JsonSchema>();

/** Rendering a schema takes longer than all the rest of a frame. */
function inputOf(schema: NonNullable<RouteDeclaration['body']>): JsonSchema {
  const known = rendered.get(schema) ?? jsonSchemaOf(schema, 'input');
  rendered.set(schema, known);
  return known;
}

/** A client's text frame as it is on the wire, masked with zeros. */
function maskedFrame(body: Buffer): Buffer {
  const size = body.length;
  const lengths = Buffer.alloc(size < 126 ? 0 : size < 65_536 ? 2 : 8);
  if (lengths.length === 2) lengths.writeUInt16BE(size);
  if (lengths.length === 8) lengths.writeBigUInt64BE(BigInt(size));
  const short = lengths.length === 0 ? size : lengths.length === 2 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x81, 0x80 | short]), lengths, Buffer.alloc(4), body]);
}

const own = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
