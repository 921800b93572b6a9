import { MariaServer, World } from '@app/testing';

const statement = `€',NULL,NULL);UPDATE users SET nickname=0x6861636b6564;-- `;
const awkward = [
  `'`,
  `"`,
  '\\',
  '\\\\',
  '\\0',
  '?',
  ';',
  '--',
  '/*',
  '*/',
  '%',
  '€',
  '🍣',
  '\u00bf',
  '\u001a',
  '\n',
  '`',
  '#',
  `\\'`,
  'é',
  '\uffff',
  '\ufeff',
];

/** Settings of a server under which text that is escaped for another character set, or another mode, would be taken for SQL. */
describe.each<[string, Record<string, string | number>]>([
  ['reads everything in its own character set', { 'character-set-server': 'gbk', 'character-set-client-handshake': 0 }],
  ['sets the character set of those who connect', { 'init-connect': 'SET NAMES gbk' }],
  ['does not escape by backslashes', { 'sql-mode': 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' }],
])('a server that %s', (_, config) => {
  let maria: MariaServer;
  let world: World;
  beforeAll(async () => {
    maria = await MariaServer.start({ config });
    world = await World.start({ databaseUrl: await maria.database() });
  });
  afterAll(async () => {
    await world.close();
    await maria.remove();
  });

  it('stores every text and key as it is, and runs none of it', async () => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const client = await world.connect(bob);
    const texts = [statement, ...awkward, ...awkward.flatMap((one) => awkward.map((other) => one + other + one)), `'`.repeat(15_000)];
    const keys = texts.map((text, i) => `${i}${text.replace(/[^\x21-\x7e]/g, '').slice(0, 40)}`);
    const acks = await Promise.all(texts.map((text, i) => client.say({ to: alice.id }, text, keys[i])));
    expect(acks.map(({ seq }) => seq)).toEqual(texts.map((__, i) => i + 1));
    expect(await client.say({ to: alice.id }, 'again', keys[0])).toMatchObject({ seq: 1, duplicate: true });
    const heard: unknown[] = [];
    for (let more = true; more;) {
      const { entries, hasMore } = await client.call('entries', { to: alice.id, afterSeq: heard.length, limit: 500 });
      heard.push(...entries.map((entry) => entry.kind === 'message' && (entry.payload as { text: string }).text));
      more = hasMore;
    }
    expect(heard).toEqual(texts);
    expect((await world.get('/api/users/me', alice)).body).toMatchObject({ nickname: 'alice' });
  });
});
