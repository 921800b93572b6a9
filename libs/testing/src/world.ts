import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { type Config, type DeepPartial, defaultConfig } from '@app/config';
import { Metrics, createLog } from '@app/kit';
import type { ErrorBody } from '@app/protocol';
import { Database } from '@app/storage';
import { type Gateway, type GatewayParts, startGateway } from '../../../apps/gateway/src/gateway';
import { type ConnectOptions, TestClient } from './client';
import { dropStore, storeUrlOf } from './store-kind';

/** Somebody in a test. */
export interface Person {
  readonly id: string;
  readonly token: string;
}

/** An HTTP answer with its JSON body. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** One gateway on a free port with a data folder and a store of its own, and people who use it. */
export class World {
  private readonly clients: TestClient[] = [];

  private constructor(
    readonly gateway: Gateway,
    readonly config: Config,
    readonly metrics: Metrics,
    private readonly dataDir: string | undefined,
  ) {}

  /**
   * Starts a gateway. Its store is of the running project's kind and belongs to the data folder, unless the test names a `databaseUrl`
   * or brings the database. Send limits are wide unless the test sets them.
   */
  static async start(overrides: DeepPartial<Config> = {}, parts: GatewayParts = {}): Promise<World> {
    const dataDir = overrides.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'parley-test-')) : undefined;
    const folder = dataDir ?? overrides.dataDir;
    const databaseUrl = parts.database === undefined && folder !== undefined ? await storeUrlOf(folder) : '';
    const config = defaultConfig({
      port: 0,
      host: '127.0.0.1',
      ...(dataDir ? { dataDir } : {}),
      wsSendQPS: 100_000,
      wsSendBurst: 100_000,
      drainMs: 50,
      databaseUrl,
      ...overrides,
    });
    const metrics = parts.metrics ?? new Metrics({ defaults: false });
    const { clock } = parts;
    // A server has a clock of its own, which must move with that of the test.
    const moved =
      clock && config.databaseUrl.startsWith('mysql:')
        ? { database: await Database.open({ url: config.databaseUrl, dataDir: config.dataDir, clock, storeClock: clock }) }
        : {};
    const gateway = await startGateway(config, { log: createLog('silent'), ...moved, ...parts, metrics });
    return new World(gateway, config, metrics, dataDir);
  }

  /** Runs `work` in a world of its own, which is closed whatever comes of it. */
  static async during<T>(overrides: DeepPartial<Config>, work: (world: World) => Promise<T>, parts: GatewayParts = {}): Promise<T> {
    const world = await World.start(overrides, parts);
    try {
      return await work(world);
    } finally {
      await world.close();
    }
  }

  get http(): string {
    return `http://127.0.0.1:${this.gateway.port}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.gateway.port}`;
  }

  /** A user that an embedding product signed in: the account is made on first sight. */
  async person(id: string): Promise<Person> {
    const { token } = this.sign(id);
    await this.get('/api/users/me', { id, token });
    return { id, token };
  }

  /** A token of the product's own login, without a session. */
  sign(id: string, claims: Record<string, unknown> = {}): { token: string } {
    const sign = createSigner({ key: this.config.jwtSecret, algorithm: 'HS256' });
    return { token: sign({ sub: id, ...claims }) };
  }

  /** Registers a user with a password and logs in. */
  async register(username: string, login: Record<string, unknown> = {}): Promise<Person> {
    await this.post('/api/register', { username, password: 'a good password' });
    const { body } = await this.post<{ userId: string; token: string }>('/api/login', { username, password: 'a good password', ...login });
    return { id: body.userId, token: body.token };
  }

  /** A connected client of a person; it is closed with the world. */
  async connect(person: Person, options: ConnectOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(this.ws, { token: person.token, ...options });
    this.clients.push(client);
    return client;
  }

  /** A group of the owner and the others. */
  async group(owner: Person, others: readonly Person[] = [], more: Record<string, unknown> = {}): Promise<string> {
    const { body } = await this.post<{ groupId: string }>(
      '/api/groups',
      { name: 'a group', memberIds: others.map(({ id }) => id), ...more },
      owner,
    );
    return body.groupId;
  }

  get<T = Record<string, unknown>>(path: string, person?: Person): Promise<Answer<T>> {
    return this.request('GET', path, undefined, person);
  }

  post<T = Record<string, unknown>>(path: string, body: unknown, person?: Person): Promise<Answer<T>> {
    return this.request('POST', path, body, person);
  }

  /** Any request. A string or bytes are sent as they are, and so is a form. An answer that is no JSON is given as text. */
  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    person?: Person,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
    const response = await fetch(`${this.http}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...(person ? { authorization: `Bearer ${person.token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, body: (text && isJson ? JSON.parse(text) : text || {}) as T, headers: response.headers };
  }

  /** The code of an answer that is an error. */
  static codeOf(answer: Answer<unknown>): string {
    return (answer.body as ErrorBody).code;
  }

  /** Closes the clients, stops the gateway and removes its folder. */
  async close(): Promise<void> {
    for (const client of this.clients) client.cut();
    await this.gateway.close();
    if (this.dataDir === undefined) return;
    await dropStore(await storeUrlOf(this.dataDir));
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
