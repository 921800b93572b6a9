import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, type ServerResponse, createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { Readable } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually } from '@app/testing';
import { NginxServer, type Settings } from './nginx-server';

const patienceMs = 600_000;
const mebibyte = 2 ** 20;

/** How a test's gateway answers; it says what it was told of the client where nothing else is set. */
let answer: (asked: IncomingMessage, response: ServerResponse) => void;
const told = (asked: IncomingMessage, response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ path: asked.url, headers: asked.headers }));

const gateway = createServer((asked, response) => answer(asked, response));
const sockets = new WebSocketServer({ server: gateway });
let nginx: NginxServer;

beforeAll(async () => {
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
});
afterAll(() => {
  sockets.close();
  gateway.closeAllConnections();
  gateway.close();
});
beforeEach(() => (answer = told));

/** Nginx for the tests of one block. */
function runs(settings: Settings = {}, tls = false): void {
  beforeAll(async () => {
    nginx = await NginxServer.start({ settings, tls, gateways: [(gateway.address() as AddressInfo).port] });
  }, patienceMs);
  afterAll(() => nginx?.remove());
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks from an address of this machine. A body is sent as it comes. */
async function ask(
  path: string,
  { body, ...options }: RequestOptions & { body?: Iterable<Buffer> | AsyncIterable<Buffer> } = {},
): Promise<Answered> {
  const asking = request({ host: '127.0.0.1', port: nginx.port, path, agent: false, ...options });
  const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
  // A gateway that refuses what is on its way ends that way.
  asking.on('error', () => undefined);
  for await (const part of body ?? []) if (!asking.write(part) && !asking.destroyed) await Promise.race([once(asking, 'drain'), answered]);
  asking.end();
  const [response] = await answered;
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() };
}

/** What the gateway was told of a client. */
async function seen(options: RequestOptions): Promise<{ address: string | undefined; scheme: string | undefined }> {
  const { headers } = JSON.parse((await ask('/api/anything', options)).text) as { headers: Record<string, string> };
  // A gateway that trusts Nginx alone takes the last address.
  return { address: headers['x-forwarded-for']?.split(', ').at(-1), scheme: headers['x-forwarded-proto'] };
}

/** A WebSocket that is open; undefined, with the status, where it is refused. */
async function open(localAddress = '127.0.0.1'): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${nginx.port}/ws?token=secret`, { localAddress });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket)).once('error', reject);
    socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
  });
}

/** Whether it still carries what is said, there and back. */
async function carries(socket: WebSocket): Promise<boolean> {
  socket.ping();
  await once(socket, 'pong');
  return socket.readyState === WebSocket.OPEN;
}

/** A connection that says something and then nothing more, or a little from time to time; it resolves when Nginx closes it. */
async function cutOff(said: string, then = ''): Promise<string> {
  const socket: Socket = connect(nginx.port, '127.0.0.1');
  let heard = '';
  socket.on('data', (data) => (heard += data.toString())).on('error', () => undefined);
  socket.write(said);
  const trickle = then && setInterval(() => socket.write(then), 100);
  await new Promise((resolve) => socket.once('close', resolve));
  if (trickle) clearInterval(trickle);
  return heard;
}

describe('a client that is slow', () => {
  runs();

  it('is cut off in the middle of a header, though it goes on letter by letter, and in a body that stops; sockets stay', async () => {
    const socket = (await open()) as WebSocket;
    const slow = [
      cutOff('GET /api/anything HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
      cutOff('GET /api/anything HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'x'),
      cutOff('POST /api/anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'),
      cutOff(''),
    ];
    for (const heard of await Promise.all(slow)) expect(heard).toMatch(/^(HTTP\/1\.1 408 |$)/);
    await expect(carries(socket)).resolves.toBe(true);
    socket.terminate();
  });
});

describe('connections of one address', () => {
  runs({ CONNECTIONS_PER_ADDRESS: '3' });

  it('are counted: one too many is refused in the words of a gateway until another ends, and other addresses are not concerned', async () => {
    const held = (await Promise.all([open(), open(), open()])) as WebSocket[];
    await expect(open()).resolves.toBe(429);
    const { status, text } = await ask('/api/anything');
    expect([status, JSON.parse(text)]).toEqual([429, { code: 'RATE_LIMIT', message: expect.any(String) as string }]);
    const elsewhere = (await open('127.0.0.3')) as WebSocket;
    await expect(carries(elsewhere)).resolves.toBe(true);
    held.pop()?.terminate();
    let another: WebSocket | number = 429;
    await eventually(
      async () => typeof (another = await open()) !== 'number',
      () => 'the place of one that went',
    );
    expect(nginx.log).not.toContain('secret');
    for (const socket of [...held, elsewhere, another as unknown as WebSocket]) socket.terminate();
  });
});

describe('the address of a client', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };

  describe('without a proxy in front', () => {
    runs();

    it('is that of its connection, whatever it says itself', async () => {
      await expect(seen({ headers: forwarded })).resolves.toEqual({ address: '127.0.0.1', scheme: 'http' });
    });
  });

  describe('behind the proxies that FRONT_PROXIES names', () => {
    runs({ FRONT_PROXIES: '127.0.0.2 127.0.1.0/24', CONNECTIONS_PER_ADDRESS: '1' });

    it('is what they say, the last that is not one of them, and HTTPS is theirs to tell', async () => {
      const through = (...list: string[]) => ({ localAddress: '127.0.0.2', headers: { ...forwarded, 'x-forwarded-for': list.join(', ') } });
      await expect(seen(through('203.0.113.7'))).resolves.toEqual({ address: '203.0.113.7', scheme: 'https' });
      await expect(seen(through('198.51.100.1', '2001:db8::7', '127.0.1.9'))).resolves.toEqual({ address: '2001:db8::7', scheme: 'https' });
    });

    it('is not what anybody else says', async () => {
      await expect(seen({ localAddress: '127.0.0.3', headers: forwarded })).resolves.toEqual({ address: '127.0.0.3', scheme: 'http' });
    });

    it('is what is counted', async () => {
      const socket = (await open()) as WebSocket;
      const through = (client: string) => ask('/api/anything', { localAddress: '127.0.0.2', headers: { 'x-forwarded-for': client } });
      expect([(await through('203.0.113.7')).status, (await through('127.0.0.1')).status]).toEqual([200, 429]);
      socket.terminate();
    });
  });
});

describe('HTTP, where there is HTTPS', () => {
  runs({ PARLEY_HOSTS: 'chat.example.com chat.example.org', HTTPS_PORT: '8443' }, true);

  it.each(['localhost', '127.0.0.1', 'chat.example.com', 'chat.example.org'])('leads there by the name %s', async (name) => {
    for (const host of [name, `${name.toUpperCase()}:8080`]) {
      const { status, headers } = await ask('/app?a=b', { headers: { host } });
      expect([status, headers.location]).toEqual([308, `https://${name}:8443/app?a=b`]);
    }
  });

  it.each([
    'GET /app HTTP/1.1\r\nHost: evil.example',
    'GET /app HTTP/1.1\r\nHost: chat.example.com.evil.example',
    'GET /app HTTP/1.1\r\nHost: chat.example.com@evil.example',
    'GET http://evil.example/app HTTP/1.1\r\nHost: localhost',
    'GET /app HTTP/1.1\r\nHost: [::1]',
    'GET /app HTTP/1.0',
  ])('leads nowhere by another: %j', async (head) => {
    const socket = connect(nginx.port, '127.0.0.1');
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 421 (?!.*\nLocation)/is);
    socket.destroy();
  });
});

describe('the largest file that a gateway can be told to take', () => {
  runs({ PARLEY_FILES_MAX_BYTES: '1099511627776' });

  it('is let through', async () => {
    const asking = request({ host: '127.0.0.1', port: nginx.port, path: '/api/files/upload', method: 'POST', agent: false });
    asking.setHeader('content-length', 1_099_511_627_776);
    asking.on('error', () => undefined).flushHeaders();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    asking.destroy();
  });
});

describe('a page, while gateways of two versions run', () => {
  const other = createServer((_, response) => response.writeHead(404).end('no such part'));
  beforeAll(async () => {
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const gateways = [other, gateway].map((server) => (server.address() as AddressInfo).port);
    nginx = await NginxServer.start({ gateways });
  }, patienceMs);
  afterAll(async () => {
    await nginx?.remove();
    other.close();
  });
  const statuses = async (path: string) => [(await ask(path)).status, (await ask(path)).status].sort();

  it('gets its parts from the gateways that have them, and 404 where none has', async () => {
    await expect(statuses('/app/assets/app-B3yqgu7r.js')).resolves.toEqual([200, 200]);
    await expect(statuses('/app/anything')).resolves.toEqual([200, 404]);
    answer = (_, response) => response.writeHead(404).end('no such part');
    await expect(statuses('/app/assets/app-B3yqgu7r.js')).resolves.toEqual([404, 404]);
  });
});

describe('files', () => {
  runs({ PARLEY_FILES_MAX_BYTES: `${4 * mebibyte}` });
  const part = Buffer.alloc(mebibyte, 'x');
  const uploads = [
    ['PUT', '/api/files/abc/content?signature=secret'],
    ['POST', '/api/files/upload'],
  ] as const;

  it.each(uploads)('are passed on while they come: %s %s', async (method, path) => {
    const begun = new Promise<void>((resolve) => {
      answer = (asked, response) => {
        let size = 0;
        asked.on('data', (data: Buffer) => {
          size += data.length;
          resolve();
        });
        asked.on('end', () => response.end(`${size}`));
      };
    });
    const body = async function* () {
      yield part;
      await begun;
      for (let i = 0; i < 3; i++) yield part;
    };
    const answered = await ask(path, { method, headers: { 'content-length': 4 * mebibyte }, body: body() });
    expect(answered).toMatchObject({ status: 200, text: `${4 * mebibyte}` });
  });

  it.each(uploads)('are refused when they are larger than PARLEY_FILES_MAX_BYTES and the frame of a form: %s %s', async (method, path) => {
    const answered = await ask(path, { method, headers: { 'content-length': 5 * mebibyte + 1 } });
    expect([answered.status, JSON.parse(answered.text)]).toEqual([413, { code: 'TOO_LARGE', message: expect.any(String) as string }]);
  });

  it.each(uploads)('that the gateway refuses are answered as it says: %s %s', async (method, path) => {
    answer = (asked, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"code":"UNAUTHORIZED"}');
      asked.resume();
    };
    const answered = await ask(path, { method, headers: { 'content-length': 4 * mebibyte }, body: [part, part, part, part] });
    expect(answered).toMatchObject({ status: 401, text: '{"code":"UNAUTHORIZED"}' });
  });

  it.each([
    '/api/messages',
    '/api/files',
    '/api/files/abc/complete',
    '/api/files/content',
    '/api/files/a/b/content',
    '/api/files/upload/x',
    '/files/abc',
  ])('are let through nowhere else: %s', async (path) => {
    await expect(ask(path, { method: 'POST', headers: { 'content-length': mebibyte + 1 } })).resolves.toMatchObject({ status: 413 });
  });

  it('on their way down wait for a client that is slow, and are laid on no disk', async () => {
    const parts = 64;
    let blocked: () => void;
    const full = new Promise<void>((resolve) => (blocked = resolve));
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': parts * mebibyte });
      const source = Readable.from(Array.from({ length: parts }, () => part)).on('pause', () => blocked());
      source.pipe(response);
    };
    const asking = request({ host: '127.0.0.1', port: nginx.port, path: '/files/abc?signature=secret', agent: false }).end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    await full;
    let size = 0;
    for await (const data of response) size += (data as Buffer).length;
    expect(size).toBe(parts * mebibyte);
  });

  it('are asked for by ranges', async () => {
    answer = ({ headers }, response) =>
      response.writeHead(206, { 'content-range': 'bytes 2-3/10', etag: '"e"' }).end(`${headers.range} ${String(headers['if-range'])}`);
    const answered = await ask('/files/abc', { headers: { range: 'bytes=2-3', 'if-range': '"e"' } });
    expect(answered).toMatchObject({ status: 206, text: 'bytes=2-3 "e"', headers: { 'content-range': 'bytes 2-3/10', etag: '"e"' } });
  });

  it('leave no signature in a log', async () => {
    answer = (asked) => asked.destroy();
    for (const path of ['/files/abc?signature=secret', '/api/files/abc/content?signature=secret'])
      await expect(ask(path)).resolves.toMatchObject({ status: 502 });
    await eventually(
      () => nginx.log.includes('"GET /files/abc HTTP/1.1" 502'),
      () => 'a line about it',
    );
    expect(nginx.log).not.toContain('secret');
  });
});

it.each([
  [{ PARLEY_HOSTS: 'a;b' }, 'names such as chat.example.com'],
  [{ FRONT_PROXIES: 'proxy.example.com' }, 'addresses or networks'],
  [{ FRONT_PROXIES: 'abc' }, 'addresses or networks'],
  [{ FRONT_PROXIES: '10.1.0.0/16 1.2.3' }, 'addresses or networks'],
  [{ FRONT_PROXIES: '1.2.3.256' }, 'addresses or networks'],
  [{ CONNECTIONS_PER_ADDRESS: '70000' }, 'a whole number from 1 to 65535'],
  [{ CONNECTIONS_PER_ADDRESS: '0' }, 'a whole number from 1 to 65535'],
  [{ HTTPS_PORT: 'x' }, 'a whole number from 1 to 65535'],
  [{ PARLEY_FILES_MAX_BYTES: '1g' }, 'a whole number from 1 to'],
  [{ PARLEY_FILES_MAX_BYTES: '1099511627777' }, 'a whole number from 1 to 1099511627776'],
] as readonly [Settings, string][])(
  '%j is refused with a line that says what would fit',
  async (settings, words) => {
    const [[name, value] = []] = Object.entries(settings);
    const started = NginxServer.start({ settings, gateways: [1] });
    await expect(started).rejects.toThrow(`nginx ended at its start: [emerg] ${name}=${value} does not fit: expected ${words}`);
  },
  patienceMs,
);
