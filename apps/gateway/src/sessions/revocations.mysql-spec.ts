import { Exchange, InProcessBus } from '@app/bus';
import { SessionStore } from '@app/storage';
import { type Person, UpgradeRefused, World, dropDatabase, eventually, sharedMysql } from '@app/testing';
import type { Head } from '../hub/envelope';
import { SessionReader } from './session-reader';

const password = 'a good password';

/** Two gateways on one store whose buses do not reach each other. */
describe('a session that is ended on another gateway while the bus is down', () => {
  let databaseUrl: string;
  let here: World;
  let there: World;
  let looksFail = false;

  beforeAll(async () => {
    databaseUrl = await sharedMysql();
    const gateway = (heartbeatMs: number) => World.start({ databaseUrl, heartbeatMs }, { bus: new InProcessBus<Head>() });
    [here, there] = [await gateway(25_000), await gateway(200)];
    const sessions = there.gateway.app.get(SessionStore);
    const revokedSince = sessions.revokedSince.bind(sessions);
    jest.spyOn(sessions, 'revokedSince').mockImplementation(async (...asked) => {
      if (looksFail) throw new Error('the store is away');
      return revokedSince(...asked);
    });
  });
  afterAll(async () => {
    await Promise.all([here?.close(), there?.close()]);
    await dropDatabase(databaseUrl);
  });

  const login = async (username: string): Promise<Person> => {
    const { body } = await here.post<{ userId: string; token: string }>('/api/login', { username, password });
    return { id: body.userId, token: body.token };
  };
  const me = async (person: Person): Promise<number> => (await there.get('/api/users/me', person)).status;

  it('closes its sockets with 4503 within a heartbeat, is refused from then on, and no other session with it', async () => {
    const first = await here.register('ada');
    const second = await login('ada');
    const [ended, other] = [await there.connect(first), await there.connect(second)];
    await here.request('DELETE', `/api/sessions/${ended.all('connected')[0]?.sessionId ?? ''}`, undefined, second);
    expect(await ended.closed).toEqual({ code: 4503, reason: 'KICKED' });
    await expect(there.connect(first)).rejects.toBeInstanceOf(UpgradeRefused);
    expect(await me(first)).toBe(401);
    await other.settled();
    expect(await me(second)).toBe(200);
  });

  it('closes them when it is ended by a logout', async () => {
    const ben = await here.register('ben');
    const client = await there.connect(ben);
    await here.post('/api/logout', {}, ben);
    expect((await client.closed).code).toBe(4503);
  });

  it('is refused although it was read a moment before, and has no socket to close', async () => {
    const cleo = await here.register('cleo');
    const client = await there.connect(cleo);
    const id = client.all('connected')[0]?.sessionId ?? '';
    await client.close();
    expect(await me(cleo)).toBe(200);
    await here.post('/api/logout', {}, cleo);
    await eventually(
      () => there.gateway.app.get(SessionReader).hasEnded(id),
      () => 'the end of the session to be known',
    );
    expect(await me(cleo)).toBe(401);
  });

  it('closes them once the store answers again', async () => {
    const dan = await here.register('dan');
    const client = await there.connect(dan);
    looksFail = true;
    await here.post('/api/logout', {}, dan);
    const failures = async () => (await there.metrics.backgroundFailures.get()).values.find(({ labels }) => labels.name === 'revocations');
    await eventually(
      async () => ((await failures())?.value ?? 0) >= 2,
      () => 'two looks to fail',
    );
    await client.settled();
    looksFail = false;
    expect((await client.closed).code).toBe(4503);
  });
});

describe('a session that is ended on another gateway', () => {
  let databaseUrl: string;
  let here: World;
  let there: World;

  beforeAll(async () => {
    databaseUrl = await sharedMysql();
    const exchange = new Exchange();
    const gateway = () => World.start({ databaseUrl }, { bus: new InProcessBus<Head>(exchange) });
    [here, there] = [await gateway(), await gateway()];
    // Only the bus tells.
    jest.spyOn(there.gateway.app.get(SessionStore), 'revokedSince').mockResolvedValue([]);
  });
  afterAll(async () => {
    await Promise.all([here?.close(), there?.close()]);
    await dropDatabase(databaseUrl);
  });

  const statusOf = async (person: Person): Promise<number> => (await there.get('/api/users/me', person)).status;

  it('is refused at once where its user has no connection, although it was read a moment before', async () => {
    const ada = await here.register('ada');
    expect(await statusOf(ada)).toBe(200);
    expect((await here.post('/api/logout', {}, ada)).status).toBe(200);
    expect(await statusOf(ada)).toBe(401);
    await expect(there.connect(ada)).rejects.toBeInstanceOf(UpgradeRefused);
  });

  it('has its sockets closed with 4503 where it has some', async () => {
    const ben = await here.register('ben');
    const client = await there.connect(ben);
    await here.post('/api/logout', {}, ben);
    expect(await client.closed).toEqual({ code: 4503, reason: 'KICKED' });
    expect(await statusOf(ben)).toBe(401);
  });
});
