import type { ErrorBody, ErrorCode, JsonRoute as RouteName, RouteAnswer, RouteRequest } from '@app/protocol';
import type { TokenSource } from './credentials';
import { ParleyError, errorOf } from './errors';
import { routePlaces, tokenUse } from './routes';

/** How REST requests find their server and prove who asks. */
export interface RestOptions {
  /** The server's address, as for the client. */
  readonly url: string;
  /** The token, or a function that gives one and is asked before every request; missing for what needs none, as `login`. */
  readonly token?: string | TokenSource;
  /** How long an answer may take (ms); default 30,000. */
  readonly timeoutMs?: number;
}

/** Parts of a request as they are at run time, whatever the route. */
interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  /** A list is written with commas. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
}

const timeoutMsDefault = 30_000;

/** What a route needs: an argument that may be missing where it may be empty. */
export type RequestArguments<R extends RouteName> =
  object extends RouteRequest<R> ? [request?: RouteRequest<R>] : [request: RouteRequest<R>];

/** What answers mean that are not the server's own: something on the way to it made them. */
const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  413: 'TOO_LARGE',
  429: 'RATE_LIMIT',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/** An HTTP answer; its body, if that is JSON. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The REST routes of a server by their names. Each request stands for itself: what was answered, or was not, is not asked again. */
export class ParleyRest {
  private readonly base: URL;
  private readonly ended = new AbortController();

  /** Throws a `TypeError` when the url is none. */
  constructor(private readonly options: RestOptions) {
    this.base = restUrl(options.url);
  }

  /**
   * Asks a route and resolves with its answer. Where the token is a function, a refused one is renewed once; `login`, `register` and
   * `refresh` do without that, so the function may ask them. Throws a `ParleyError`: the server's reason; `DISCONNECTED` when no answer came,
   * and what was asked may have happened or not; `CLOSED`. Throws what the token function throws.
   */
  async request<R extends RouteName>(route: R, ...[request]: RequestArguments<R>): Promise<RouteAnswer<R>> {
    const parts = (request ?? {}) as Parts;
    const [method, path] = routePlaces[route].split(' ') as [string, string];
    const url = new URL(`.${fill(path, parts.params ?? {})}`, this.base);
    for (const [name, value] of Object.entries(parts.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const use = (tokenUse as Partial<Record<RouteName, 'none' | 'once'>>)[route];
    const source = use === 'none' ? undefined : this.options.token;
    const token = async (refresh: boolean) => (typeof source === 'function' ? source({ refresh }) : source);
    let answer = await this.ask(method, url, parts.body, await token(false));
    if (answer.status === 401 && typeof source === 'function' && !use) answer = await this.ask(method, url, parts.body, await token(true));
    const { status, body } = answer;
    if (status < 400) return body as RouteAnswer<R>;
    throw errorOf({ code: codesOfStatus[status] ?? 'INTERNAL', message: `HTTP ${status}`, ...(body as Partial<ErrorBody> | undefined) });
  }

  /** Ends what is under way with `CLOSED`, and takes nothing more. */
  close(): void {
    this.ended.abort();
  }

  private async ask(method: string, url: URL, body: unknown, token: string | undefined): Promise<Answer> {
    const { timeoutMs = timeoutMsDefault } = this.options;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.ended.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.text();
      return { status: response.status, body: response.ok || isJson(response) ? JSON.parse(text || '{}') : undefined };
    } catch (error) {
      if (this.ended.signal.aborted) throw new ParleyError('CLOSED', 'the client is closed');
      throw Object.assign(new ParleyError('DISCONNECTED', 'no answer came'), { cause: error });
    }
  }
}

const isJson = ({ headers }: Response): boolean => headers.get('content-type')?.startsWith('application/json') ?? false;

/** The path with its parameters. Throws a `TypeError` when one is missing, or would name a folder: what is asked then is another route. */
function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new TypeError(`the request needs params.${name}`);
    return encodeURIComponent(value);
  });
}

/** The address under which `/api` is: that of the server, of which the client may know the WebSocket. */
function restUrl(url: string): URL {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const address = new URL(url, page);
  address.protocol = address.protocol.replace(/^ws/, 'http');
  if (address.protocol !== 'http:' && address.protocol !== 'https:') throw new TypeError(`${url} is no address of a server`);
  address.pathname = address.pathname.replace(/(\/ws)?\/*$/, '/');
  address.search = address.hash = '';
  return address;
}
