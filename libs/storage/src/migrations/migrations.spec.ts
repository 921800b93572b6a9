import type { QueryRunner } from 'typeorm';
import { migrations } from '.';

/** The statements that all migrations run on a store of this type; `cutShort`: after a run that ended before it was recorded. */
async function statementsOn(type: 'mysql' | 'mariadb' | 'better-sqlite3', { cutShort = false } = {}): Promise<string[]> {
  const statements: string[] = [];
  const query = (sql: string): Promise<void> => {
    statements.push(sql);
    return Promise.resolve();
  };
  const hasColumn = (): Promise<boolean> => Promise.resolve(cutShort);
  const runner = { query, hasColumn, dataSource: { options: { type } } } as unknown as QueryRunner;
  for (const Migration of migrations) await new Migration().up(runner);
  return statements;
}

const names = (statements: readonly string[]): string[] =>
  statements.flatMap((sql) =>
    [...sql.matchAll(/(?:CREATE TABLE IF NOT EXISTS `|INDEX (?:IF NOT EXISTS )?)(\w+)/g)].map(([, name = '']) => name),
  );

describe.each(['mysql', 'mariadb', 'better-sqlite3'] as const)('migrations on %s', (type) => {
  it('take nothing away from the version before, which still runs', async () => {
    for (const sql of await statementsOn(type)) {
      expect(sql).not.toMatch(/\b(DROP|RENAME|TRUNCATE|DELETE|MODIFY|CHANGE)\b/i);
      // A version that does not know a column cannot give it a value.
      for (const [added] of sql.matchAll(/ADD (?:COLUMN )?[^,]*/gi)) {
        if (/NOT NULL/i.test(added)) expect(added).toMatch(/DEFAULT/i);
        expect(added).not.toMatch(/UNIQUE/i);
      }
    }
  });

  it('can be run again after a run that was cut short', async () => {
    for (const sql of await statementsOn(type, { cutShort: true })) expect(sql).toMatch(/IF NOT EXISTS/);
  });

  it('make the same tables and indexes as on every store', async () => {
    expect(names(await statementsOn(type)).sort()).toEqual(names(await statementsOn('better-sqlite3')).sort());
  });

  it('ask for every text to be compared byte by byte', async () => {
    if (type === 'better-sqlite3') return;
    for (const sql of await statementsOn(type)) {
      for (const [column] of sql.matchAll(/\w+ (?:VARCHAR|\w*TEXT)[^,]*/g))
        expect(column).toMatch(/CHARACTER SET (ascii COLLATE ascii_bin|utf8mb4 COLLATE utf8mb4_bin)/);
    }
  });
});

it('the names of migrations are in the order of their times', () => {
  const order = migrations.map((Migration) => new Migration().name.replace(/\D+/, ''));
  expect(order).toEqual([...order].sort());
});
