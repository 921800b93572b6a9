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

/** What is uploaded: `fs.openAsBlob(path)` of Node.js is never whole in memory. */
export type FileBytes = Blob | ArrayBuffer | Uint8Array;

/** What is said of a file that is uploaded. */
export interface UploadOptions {
  /** As people see it, without a path. Default: that of a `File`, else `file`. */
  readonly name?: string;
  /** Default: that of the blob, or `application/octet-stream`. The server looks at the bytes and has the last word. */
  readonly mimeType?: string;
  /** The conversation that it is for. */
  readonly convId?: string;
  /** Ends it before it is done; then it is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a request waits for. */
interface Awaiting {
  readonly signal?: AbortSignal | undefined;
  readonly isJson?: boolean;
}

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
    throw refusalOf(status, body);
  }

  /**
   * Uploads a file and resolves when it is ready: its `fileId` may stand in the payload of messages then. The bytes go where the server says,
   * which may be another host. Throws as `request` does; after `DISCONNECTED`, begin again.
   */
  async upload(
    bytes: FileBytes,
    { name = nameOf(bytes), mimeType, convId, signal }: UploadOptions = {},
  ): Promise<RouteAnswer<'completeFile'>> {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- a browser's own types need it, those of Node.js do not
    const blob = bytes instanceof Blob ? bytes : new Blob([bytes as Uint8Array<ArrayBuffer>]);
    const type = mimeType ?? (blob.type === '' ? 'application/octet-stream' : blob.type);
    const body = { name, size: blob.size, mimeType: type, ...(convId === undefined ? {} : { convId }) };
    const { fileId, upload } = await this.request('createFile', { body });
    try {
      const { method, headers } = upload;
      const answer = await this.fetched(this.urlOf(upload.url), { method, headers, body: blob }, { signal });
      if (answer.status >= 400) throw refusalOf(answer.status, answer.body);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    return this.request('completeFile', { params: { id: fileId } });
  }

  /** Addresses by which files can be read without a token for some minutes, by `fileId`; files that the user may not read have none. */
  async links(fileIds: readonly string[]): Promise<Map<string, { readonly url: string; readonly expiresAt: number }>> {
    const { links } = await this.request('fileLinks', { body: { fileIds: [...fileIds] } });
    return new Map(links.map(({ fileId, url, expiresAt }) => [fileId, { url: this.urlOf(url).href, expiresAt }]));
  }

  /** Ends what is under way with `CLOSED`, and takes nothing more. */
  close(): void {
    this.ended.abort();
  }

  /** An address that the server gave; relative ones are under its own. */
  private urlOf(url: string): URL {
    return new URL(url.startsWith('/') ? `.${url}` : url, this.base);
  }

  private ask(method: string, url: URL, body: unknown, token: string | undefined): Promise<Answer> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const { timeoutMs = timeoutMsDefault } = this.options;
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return this.fetched(url, init, { signal: AbortSignal.timeout(timeoutMs), isJson: true });
  }

  /** Asks until there is an answer, which is JSON unless it is a refusal; that of a storage may be anything. */
  private async fetched(url: URL, init: RequestInit, { signal, isJson = false }: Awaiting): Promise<Answer> {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.any([this.ended.signal, ...(signal ? [signal] : [])]) });
      const text = await response.text();
      const read = saysJson(response) || (response.ok && isJson);
      return { status: response.status, body: read ? JSON.parse(text || '{}') : undefined };
    } catch (error) {
      if (this.ended.signal.aborted) throw new ParleyError('CLOSED', 'the client is closed');
      throw Object.assign(new ParleyError('DISCONNECTED', 'no answer came'), { cause: error });
    }
  }
}

/** What a file is called where nobody says it: a `File`, as from an input or a drop, has a name. */
function nameOf(bytes: FileBytes): string {
  const { name } = bytes as { readonly name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'file';
}

const refusalOf = (status: number, body: unknown): ParleyError =>
  errorOf({ code: codesOfStatus[status] ?? 'INTERNAL', message: `HTTP ${status}`, ...(body as Partial<ErrorBody> | undefined) });
const saysJson = ({ headers }: Response): boolean => headers.get('content-type')?.startsWith('application/json') ?? false;

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
