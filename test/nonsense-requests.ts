import { type ErrorCode, type RouteDeclaration, type RouteName, accessRules, routes } from '@app/protocol';
import { type Fault, type Person, RawSocket, type Seeded, faultsOf, fitsIntoUrl, withFault } from '@app/testing';
import { type Mutations, inputOf, spellings } from './mutations';

/** A request as it goes out. */
export interface Call {
  /** What is wrong with it. */
  readonly kind: string;
  readonly route: RouteName;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The answer, where it is certain. */
  readonly told?: ErrorCode;
  /** With one fault: what the answer must name. */
  readonly names?: Fault['path'];
}

/** The text of a request that is no HTTP any more, or of an upgrade that is none. */
export interface Broken {
  readonly kind: string;
  readonly text: string;
  /** The answer, where it is certain. */
  readonly told?: ErrorCode;
}

/** Where a request has fields. */
type Part = 'params' | 'query' | 'body';
const parts: readonly Part[] = ['params', 'query', 'body'];
const names = Object.keys(routes) as RouteName[];
const declared = (route: RouteName): RouteDeclaration => routes[route];

/** Nothing between two slashes is another path; a missing field of a query is one that is not there. */
const mayStand = (part: Part, fault: Fault): boolean =>
  part === 'body' || (part === 'query' && fault.what === 'missing') || (fitsIntoUrl(fault) && (part === 'query' || fault.what !== 'empty'));
const faults = names.flatMap((route) =>
  parts.flatMap((part) =>
    faultsOf(declared(route)[part])
      .filter((fault) => mayStand(part, fault))
      .map((fault) => ({ route, part, fault })),
  ),
);

/** What stands now and then where something sensible is expected. */
const odd = {
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'],
  prefix: ['//api', '/API', '/api/', '/%61pi', '/api/..', '/%zz', '/api;', '/api\\', '/api/./'],
  query: ['&&&', '=', '%', '__proto__=1', 'a[b]=c', 'limit=1&limit=2', 'convId[]=x', `x=${'y'.repeat(5_000)}`, '%00=%00'],
  escape: ['%zz', '%', '%ff%fe', '%00', '%c0%80', '%ed%a0%80', 'a'.repeat(300)],
  contentType: [
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'multipart/form-data',
    'x',
    'application/x-www-form-urlencoded',
  ],
  cookie: ['parley_refresh=x', 'a=b; =;;;', '__proto__=1', `parley_refresh=${'%'.repeat(50)}`, 'parley_refresh="', 'x'.repeat(4_000)],
  forwardedFor: ['1.2.3.4', 'x'.repeat(500), ',,,', '::1, ::2', '999.1.1.1'],
  authorization: [
    '',
    'x',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a.b.c',
    'Basic YTpi',
    'bearer: x',
    `Bearer ${'x'.repeat(7_000)}`,
    'Bearer é',
  ],
  url: ['//', '///', '//[', '*', '/%', '/\\', 'http://[', 'ws://x:99999/ws', '/ws#x', '/ws/', '/ws;x', '/wss', `/${'x'.repeat(9_000)}`],
  device: ['%ff', 'a%20b', '%00', '', 'x'.repeat(65), '../..', '%F0%9F%8D%A3'],
  origin: ['null', '//', 'x:y', 'http://evil.example', 'http://127.0.0.1.evil.example', '%', 'é'],
  header: ['', 'x', '0', '-1', '99', 'a'.repeat(20_000)],
  version: ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTCPCP/1.0', ''],
  subprotocol: ['parley.v1', 'parley.v1, bearer.', 'bearer.x', ',,', 'parley.v1, bearer.a, bearer.b', 'parley.v2'],
  line: ['Transfer-Encoding: chunked', 'Expect: 100-continue', 'Connection: close', 'X: \0', ': x', `A: ${'b'.repeat(20_000)}`],
} as const;

/** Requests that a gateway should never get, and some that it should. The same seed makes the same ones. */
export class NonsenseRequests {
  constructor(
    private readonly random: Seeded,
    private readonly mutations: Mutations,
    private readonly people: readonly Person[],
  ) {}

  /** A request to one of the routes, as far as HTTP goes a good one. */
  call(): Call {
    return this.random.chance(0.5) ? this.withOneFault() : this.made();
  }

  /** A request that is no HTTP any more, or an upgrade that is none. */
  broken(): Broken {
    const { random } = this;
    const token = `Bearer ${random.pick(this.people).token}`;
    const device = `/ws?deviceId=d${random.below(5)}`;
    const upgrade = RawSocket.upgrade(device, { Authorization: token });
    const good = random.chance(0.7)
      ? upgrade
      : 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const bytes = Buffer.from(good, 'latin1');
    const makers: readonly (() => Broken)[] = [
      () => ({ kind: 'damaged bytes', text: this.mutations.damaged(bytes, bytes).toString('latin1') }),
      () => ({ kind: 'another URL', text: good.replace(/ \/\S+/, ` ${random.pick(odd.url)}`) }),
      () => ({
        kind: 'another header',
        text: good.replace(/(Key|Version|Length|Host): [^\r]*/, (_, name: string) => `${name}: ${random.pick(odd.header)}`),
      }),
      () => ({ kind: 'another version', text: good.replace('HTTP/1.1', random.pick(odd.version)) }),
      () => ({ kind: 'one line more', text: good.replace('\r\n', `\r\n${random.pick(odd.line)}\r\n`) }),
      () => ({ kind: 'another cookie', text: good.replace('\r\n', `\r\nCookie: ${random.pick(odd.cookie)}\r\n`) }),
      () => ({
        kind: 'another method',
        text: RawSocket.upgrade(device, { Authorization: token }, random.pick(['POST', 'HEAD', 'CONNECT'])),
      }),
      () => ({
        kind: 'another subprotocol',
        text: RawSocket.upgrade(device, { 'Sec-WebSocket-Protocol': random.pick(odd.subprotocol) }),
        told: 'UNAUTHENTICATED',
      }),
      () => ({
        kind: 'another token in the header',
        text: RawSocket.upgrade(device, { Authorization: random.pick(odd.authorization) }),
        told: 'UNAUTHENTICATED',
      }),
      () => ({
        kind: 'another token in the query',
        text: RawSocket.upgrade(`/ws?token=${random.pick([...odd.escape, 'a.b.c', ''])}`),
        told: 'UNAUTHENTICATED',
      }),
      () => ({
        kind: 'another device',
        text: RawSocket.upgrade(`/ws?deviceId=${random.pick(odd.device)}`, { Authorization: token }),
        told: 'BAD_REQUEST',
      }),
      () => ({
        kind: 'another origin',
        text: RawSocket.upgrade(device, { Authorization: token, Origin: random.pick(odd.origin) }),
        told: 'FORBIDDEN',
      }),
    ];
    return random.pick(makers)();
  }

  private withOneFault(): Call {
    const { route, part, fault } = this.random.pick(faults);
    const good = this.request(route);
    const call = this.written(route, { ...good, [part]: withFault(good[part], fault) });
    return { ...call, kind: `one fault in the ${part}: ${fault.what}`, told: 'BAD_REQUEST', names: fault.path };
  }

  private made(): Call {
    const { random, mutations } = this;
    const route = random.pick(names);
    const { query, body, access } = declared(route);
    const good = this.written(route, this.request(route));
    const makers: readonly (() => Call)[] = [
      () => good,
      () => ({ ...good, kind: 'another method', method: random.pick(odd.method) }),
      () => ({ ...good, kind: 'another path', path: good.path.replace('/api', random.pick(odd.prefix)) }),
      () => ({ ...good, kind: 'another escape', path: good.path.replace(/[^/=?]+$/, random.pick(odd.escape)) }),
      () => ({ ...good, kind: 'another query', path: `${good.path}${good.path.includes('?') ? '&' : '?'}${random.pick(odd.query)}` }),
      () => ({ ...good, kind: 'another content type', headers: { ...good.headers, 'content-type': random.pick(odd.contentType) } }),
      () => ({ ...good, kind: 'another cookie', headers: { ...good.headers, cookie: random.pick(odd.cookie) } }),
      () => ({ ...good, kind: 'another address', headers: { ...good.headers, 'x-forwarded-for': random.pick(odd.forwardedFor) } }),
      () => {
        const headers = { ...good.headers, authorization: this.badToken() };
        return { ...good, kind: 'another token', headers, ...(accessRules[access].auth === 'none' ? {} : { told: 'UNAUTHENTICATED' }) };
      },
      () => {
        const wrong = { body: body && mutations.wrong(inputOf(body)), query: query && mutations.wrong(inputOf(query)) };
        return { ...this.written(route, { ...this.request(route), ...wrong }), kind: 'several faults' };
      },
      () => {
        const spelling = random.pick(spellings);
        const text = mutations.spelled(good.body.toString() || '{}', spelling);
        return {
          ...good,
          kind: `spelled: ${spelling}`,
          body: Buffer.from(text),
          headers: { ...good.headers, 'content-type': 'application/json' },
        };
      },
      () => ({ ...good, kind: 'damaged body', body: good.body.length > 0 ? mutations.damaged(good.body, good.body) : Buffer.from('x') }),
      () => ({ ...good, kind: 'another body', body: Buffer.from(mutations.text(mutations.odd())) }),
    ];
    return random.pick(makers)();
  }

  /** Parts that fit. */
  private request(route: RouteName): Readonly<Partial<Record<Part, unknown>>> {
    const { params, query, body } = declared(route);
    const { mutations } = this;
    return {
      ...(params ? { params: mutations.request(params) } : {}),
      ...(query ? { query: inText(mutations.request(query)) } : {}),
      ...(body ? { body: mutations.request(body) } : {}),
    };
  }

  private written(route: RouteName, { params, query, body }: Readonly<Partial<Record<Part, unknown>>>): Call {
    const { method, path } = declared(route);
    const values = Object.entries(query ?? {});
    const filled = path.replace(/:(\w+)/g, (_, name: string) => escaped((params as Record<string, unknown>)[name]));
    const search = values.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');
    return {
      kind: 'fits',
      route,
      method,
      path: search === '' ? filled : `${filled}?${search}`,
      headers: {
        authorization: `${this.random.pick(['Bearer', 'bearer'])} ${this.random.pick(this.people).token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
    };
  }

  private badToken(): string {
    const { token } = this.random.pick(this.people);
    return this.random.pick([...odd.authorization, `Bearer ${token.slice(0, -2)}`, `Bearer ${token}x`, `Basic ${token}`, token]);
  }
}

/** A query as text. */
const inText = (query: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(query as object).map(([name, value]) => [name, String(value)]));

/** Whatever it is, in a URL and of a bearable length; lists are written with commas. */
function escaped(value: unknown): string {
  const listed = Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join(',') : value;
  const text = (typeof listed === 'string' ? listed : (JSON.stringify(listed) ?? '')).slice(0, 600);
  const bytes = Buffer.from(text).toString('latin1');
  return bytes.replace(/[^\w.~-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
