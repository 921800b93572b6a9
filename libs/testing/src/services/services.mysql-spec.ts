import { type Connection, createConnection } from 'mysql2/promise';
import { dropDatabase, sharedMysql, sharedRedis } from './shared-services';
import { MariaServer } from './maria-server';
import { RedisServer } from './redis-server';

const started: { remove(): Promise<void> }[] = [];
const connections: Connection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  await Promise.all(started.splice(0).map((server) => server.remove()));
});

async function maria(options?: Parameters<typeof MariaServer.start>[0]): Promise<MariaServer> {
  const server = await MariaServer.start(options);
  started.push(server);
  return server;
}

async function redis(): Promise<RedisServer> {
  const server = await RedisServer.start();
  started.push(server);
  return server;
}

async function connect(url: string): Promise<Connection> {
  const connection = await createConnection(url);
  // A server that is killed is an error of its own on every open connection.
  connection.on('error', () => undefined);
  connections.push(connection);
  return connection;
}

/** Whether a promise is settled after the server had so many chances to answer. */
async function settled(promise: Promise<unknown>, turns = 200): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  for (let turn = 0; turn < turns && !done; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return done;
}

describe('a MariaDB of a test', () => {
  it('holds after a kill everything that was committed, and nothing that was not', async () => {
    const server = await maria({ durable: true });
    const url = await server.database();
    const committed = await connect(url);
    await committed.query('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB');
    for (let id = 1; id <= 50; id++) await committed.query('INSERT INTO t VALUES (?)', [id]);
    const open = await connect(url);
    await open.query('START TRANSACTION');
    await open.query('INSERT INTO t VALUES (1000)');

    await server.kill();
    await expect(server.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    const [rows] = await (await connect(url)).query('SELECT COUNT(*) AS count, MAX(id) AS last FROM t');
    expect(rows).toEqual([{ count: 50, last: 50 }]);
  });

  it('is there again on the same port after a restart, with its databases', async () => {
    const server = await maria();
    const url = await server.database('parley_named');
    await server.restart();
    expect(url).toBe(`${server.url}/parley_named`);
    const [rows] = await (await connect(url)).query('SELECT DATABASE() AS name');
    expect(rows).toEqual([{ name: 'parley_named' }]);
  });

  it('answers nothing while it is paused, and then what it was asked', async () => {
    const server = await maria();
    const connection = await connect(server.url);
    server.pause();
    const answer = connection.query('SELECT 7 AS n');
    expect(await settled(answer)).toBe(false);
    server.resume();
    expect((await answer)[0]).toEqual([{ n: 7 }]);
  });

  it('can be stopped while it is paused', async () => {
    const server = await maria();
    server.pause();
    await server.stop();
    await expect(server.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says why it does not start', async () => {
    await expect(MariaServer.start({ config: { 'no-such-setting': 1 } })).rejects.toThrow(
      /mariadbd ended at its start: [^]*no-such-setting/,
    );
  });

  it('takes settings that win over its own', async () => {
    const server = await maria({ config: { 'innodb-flush-log-at-trx-commit': 2 } });
    expect(await server.query('SELECT @@innodb_flush_log_at_trx_commit AS value')).toEqual([{ value: 2 }]);
  });

  it('refuses the writes of its users when it is read-only', async () => {
    const server = await maria({ readOnly: true });
    const connection = await connect(await server.database());
    await expect(connection.query('CREATE TABLE t (id INT)')).rejects.toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
  });
});

describe('a replica', () => {
  it('takes in what its primary had and gets, stops when told, and then goes on', async () => {
    const [primary, replica] = await Promise.all([maria({ binlog: true }), maria({ serverId: 2, readOnly: true })]);
    const url = await primary.database('parley_r');
    const writer = await connect(url);
    await writer.query('CREATE TABLE t (id INT PRIMARY KEY)');
    await writer.query('INSERT INTO t VALUES (1)');
    const held = async () => (await replica.query<{ id: number }>('SELECT id FROM parley_r.t ORDER BY id')).map(({ id }) => id);

    await replica.replicate(primary);
    expect(await held()).toEqual([1]);
    await writer.query('INSERT INTO t VALUES (2)');
    await replica.catchUp(primary);
    expect(await held()).toEqual([1, 2]);

    await replica.stopReplication();
    await writer.query('INSERT INTO t VALUES (3)');
    expect(await held()).toEqual([1, 2]);
    const [status] = await replica.query('SHOW SLAVE STATUS');
    expect(status).toMatchObject({ Slave_IO_Running: 'No', Slave_SQL_Running: 'No' });

    await replica.startReplication();
    await replica.catchUp(primary);
    expect(await held()).toEqual([1, 2, 3]);
  });
});

describe('a Redis of a test', () => {
  it('is empty after a kill, on the same port', async () => {
    const server = await redis();
    expect(await server.command('SET', 'key', 'value')).toBe('OK');
    expect(await server.command('GET', 'key')).toBe('value');
    await server.kill();
    await expect(server.command('PING')).rejects.toThrow();
    await server.start();
    expect(await server.command('GET', 'key')).toBeNull();
  });

  it('answers nothing while it is paused, and then what it was asked', async () => {
    const server = await redis();
    server.pause();
    const answer = server.command('PING');
    expect(await settled(answer)).toBe(false);
    server.resume();
    expect(await answer).toBe('PONG');
  });

  it('loses nothing but its contents by a restart', async () => {
    const server = await redis();
    await server.restart();
    expect(await server.command('PING')).toBe('PONG');
  });
});

describe('the shared services', () => {
  it('give everybody who asks an empty database', async () => {
    const [one, other] = await Promise.all([sharedMysql(), sharedMysql()]);
    expect(one).not.toBe(other);
    const [first, second] = await Promise.all([connect(one), connect(other)]);
    await first.query('CREATE TABLE t (id INT)');
    expect((await second.query('SHOW TABLES'))[0]).toEqual([]);
    await Promise.all([one, other].map(dropDatabase));
    await expect(createConnection(one)).rejects.toMatchObject({ code: 'ER_BAD_DB_ERROR' });
  });

  it('have a Redis', () => {
    expect(sharedRedis()).toMatch(/^rediss?:\/\//);
  });
});
