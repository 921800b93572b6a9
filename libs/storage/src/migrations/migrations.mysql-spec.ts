import { tmpdir } from 'node:os';
import { groupConversation } from '@app/protocol';
import { dropDatabase, sharedMysql } from '@app/testing';
import { type Connection, createConnection } from 'mysql2/promise';
import { ConversationStore } from '../conversation.store';
import { Database } from '../database';
import { prepareServer } from '../mysql-server';
import { migrations } from '.';

let url: string;
let admin: Connection;
const opened: Database[] = [];

beforeEach(async () => {
  url = await sharedMysql();
  admin = await createConnection(url);
});
afterEach(async () => {
  await admin.end();
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await dropDatabase(url);
});

async function open(): Promise<Database> {
  const database = await Database.open({ url, dataDir: tmpdir() });
  opened.push(database);
  return database;
}

async function rows<T>(sql: string): Promise<T[]> {
  return (await admin.query(sql))[0] as T[];
}

const tablesOf = async (): Promise<string[]> =>
  (await rows<{ name: string }>('SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()')).map(
    ({ name }) => name,
  );

it('processes that start together on an empty database migrate it once, and agree on its identity', async () => {
  const databases = await Promise.all([open(), open(), open()]);
  expect(new Set(databases.map(({ epoch }) => epoch)).size).toBe(1);
  expect(new Set(databases.map(({ id }) => id)).size).toBe(1);
  expect(await rows('SELECT name FROM migrations')).toEqual(migrations.map((Migration) => ({ name: new Migration().name })));
  const refs = await Promise.all(databases.map((database) => new ConversationStore(database).ensure(groupConversation('g'))));
  expect(new Set(refs.map(({ rowId }) => rowId)).size).toBe(1);
});

it('one process at a time migrates a database, and others are not kept waiting for another one', async () => {
  const order: string[] = [];
  let release: () => void = () => undefined;
  const first = prepareServer(url, async () => {
    order.push('first begins');
    await new Promise<void>((resolve) => (release = resolve));
    order.push('first ends');
  });
  while (order.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = prepareServer(url, async () => void order.push('second begins'));
  const elsewhere = await sharedMysql();
  await prepareServer(elsewhere, async () => void order.push('elsewhere'));
  await dropDatabase(elsewhere);
  release();
  await Promise.all([first, second]);
  expect(order).toEqual(['first begins', 'elsewhere', 'first ends', 'second begins']);
});

it('a process that ends in the middle leaves no lock behind', async () => {
  await expect(prepareServer(url, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
  await open();
});

it.each([1, 4, 7])('a migration that was cut short after %i tables is completed by the next start', async (done) => {
  await open();
  const whole = (await tablesOf()).sort();
  const made = ['meta', 'users', 'sessions', 'conversations', 'entries', 'tombstones', 'members', 'groups'];
  for (const table of made.slice(done)) await admin.query(`DROP TABLE \`${table}\``);
  await admin.query('DELETE FROM migrations');
  const database = await open();
  expect((await tablesOf()).sort()).toEqual(whole);
  await new ConversationStore(database).ensure(groupConversation('g'));
});

describe.each(['latin1', 'utf8mb4 COLLATE utf8mb4_general_ci', 'utf8mb4 COLLATE utf8mb4_unicode_ci'])(
  'a database of CHARACTER SET %s',
  (charset) => {
    it('has columns that compare byte by byte, and keeps apart what looks alike', async () => {
      await admin.query(`ALTER DATABASE CHARACTER SET ${charset}`);
      const database = await open();
      const loose = await rows(
        `SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE table_schema = DATABASE()
       AND table_name <> 'migrations' AND collation_name IS NOT NULL AND collation_name NOT IN ('ascii_bin', 'utf8mb4_bin')`,
      );
      expect(loose).toEqual([]);
      const names = ['AbC', 'aBc', 'é', 'e', '🍣', '🍺', 'x'];
      await database.write(async (tx) => {
        for (const [index, name] of names.entries()) {
          await tx.run('INSERT INTO users (id, nickname, created_at) VALUES (?, ?, 1)', [`u${index}`, name]);
        }
      });
      for (const [index, name] of names.entries()) {
        expect(await database.rows('SELECT id FROM users WHERE nickname = ?', [name])).toEqual([{ id: `u${index}` }]);
      }
    });
  },
);

it('a URL without a database is refused with what to do', async () => {
  await expect(Database.open({ url: url.replace(/\/[^/]*$/, ''), dataDir: tmpdir() })).rejects.toThrow(/names no database/);
});

it('a server that refuses the password is named as the reason', async () => {
  await expect(Database.open({ url: url.replace(/:[^:@/]*@/, ':wrong@'), dataDir: tmpdir() })).rejects.toThrow(
    /^databaseUrl: Access denied/,
  );
});

it('a server that does not encrypt, or is not who it says, is refused when the URL asks for it', async () => {
  await expect(Database.open({ url: `${url}?ssl=true`, dataDir: tmpdir() })).rejects.toThrow(
    /^databaseUrl: (Server does not support secure|self-signed certificate)/,
  );
});
