import type { Favorite } from '@app/protocol';
import { FaultyDatabase, type Seeded, type TempStore, explain, openTempStore, storeKind, withSeed } from '@app/testing';
import { type FavoriteFilter, type FavoritePlace, FavoriteStore, type Labels, type NewFavorite } from './favorite.store';
import { folded, searchedText, tagsAsText } from './favorite-text';

let store: TempStore<FaultyDatabase>;
let favorites: FavoriteStore;
let now: number;
let made: number;

beforeEach(async () => {
  now = 1_000;
  made = 0;
  store = await openTempStore(FaultyDatabase, { clock: { now: () => now } });
  favorites = new FavoriteStore(store.database);
  for (const id of ['ann', 'Ann', 'bob']) await store.users.provision(id);
});
afterEach(() => store.close());

const custom = (text: string): NewFavorite => ({ id: `f${made++}`, type: 'custom', payload: { text } });
const message = (seq: number, text = 'hello'): NewFavorite => ({
  id: `f${made++}`,
  type: 'text',
  convId: 'c2c:ann:bob',
  seq,
  from: 'bob',
  timestamp: 900,
  payload: { text },
});
const add = (favorite: NewFavorite, labels: Labels = {}, userId = 'ann', max = 10_000) => favorites.add(userId, favorite, labels, max);
const place = ({ createdAt, id }: Favorite): FavoritePlace => ({ createdAt, id });
const ids = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id);

/** All pages, one after the other; `between` runs before each further one. */
async function all(
  filter: FavoriteFilter = {},
  limit = 200,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Favorite[]> {
  const found: Favorite[] = [];
  for (let after: FavoritePlace | undefined; ;) {
    const { items, hasMore } = await favorites.page('ann', filter, after, limit);
    found.push(...items);
    const last = items.at(-1);
    if (!hasMore || !last) return found;
    if (found.length > 20_000) throw new Error('the pages do not end');
    after = place(last);
    await between();
  }
}

describe('a favorite', () => {
  it('is kept as it was written, and is its user’s alone', async () => {
    const payload = { text: 'é e\u0301 漢字 🍣 %_\\ x ', list: [1, 'ß'] };
    const kept = await add({ ...message(7), payload }, { tags: ['工作', 'b', '工作'], note: '🍺 ' });
    expect(kept).toEqual({
      id: 'f0',
      type: 'text',
      convId: 'c2c:ann:bob',
      seq: 7,
      from: 'bob',
      timestamp: 900,
      payload,
      tags: ['工作', 'b'],
      note: '🍺 ',
      createdAt: 1_000,
    });
    expect(await all()).toEqual([kept]);
    expect(await favorites.ofMessage('ann', 'c2c:ann:bob', 7)).toEqual(kept);
    for (const other of ['Ann', 'bob']) {
      expect((await favorites.page(other, {}, undefined, 10)).items).toEqual([]);
      expect(await favorites.ofMessage(other, 'c2c:ann:bob', 7)).toBeUndefined();
      expect(await favorites.update(other, kept.id, { note: 'mine' })).toBeUndefined();
      expect(await favorites.remove(other, kept.id)).toBe(false);
    }
    expect(await all()).toEqual([kept]);
  });

  it('of a message is one, however many ask at once, with the first copy and the labels that were given', async () => {
    const asked = [...Array(8).keys()].map((i) => add(message(7, `copy ${i}`), i === 3 ? { tags: ['t'] } : i === 5 ? { note: 'n' } : {}));
    const answers = await Promise.all(asked);
    expect(new Set(ids(answers)).size).toBe(1);
    const [kept, ...more] = await all();
    expect(more).toEqual([]);
    expect(kept).toMatchObject({ id: answers[0]?.id, payload: answers[0]?.payload, tags: ['t'], note: 'n' });
  });

  it('has the labels that were given last; others stay, and null takes the note away', async () => {
    const { id } = await add(custom('x'), { tags: ['a'], note: 'n' });
    expect(await favorites.update('ann', id, { tags: ['b', 'c'] })).toMatchObject({ tags: ['b', 'c'], note: 'n' });
    expect(await favorites.update('ann', id, { note: 'm' })).toMatchObject({ tags: ['b', 'c'], note: 'm' });
    expect(await favorites.update('ann', id, {})).toMatchObject({ tags: ['b', 'c'], note: 'm' });
    expect(await favorites.update('ann', id, { tags: [], note: null })).not.toHaveProperty('note');
    expect(await all()).toMatchObject([{ tags: [], payload: { text: 'x' } }]);
  });

  it('is found by the labels that it has now, also when two change at once', async () => {
    const { id } = await add(custom('x'), { tags: ['old'], note: 'before' });
    await Promise.all([favorites.update('ann', id, { tags: ['new'] }), favorites.update('ann', id, { note: 'after' })]);
    expect(await all({ keyword: 'old' })).toEqual([]);
    expect(await all({ keyword: 'before' })).toEqual([]);
    expect(ids(await all({ keyword: 'AFTER\nnew' }))).toEqual([id]);
    expect(ids(await all({ keyword: 'x', tags: ['new'] }))).toEqual([id]);
  });

  it('is one of a limited number; one that is kept already takes no place, and one that is gone gives its place back', async () => {
    const [first] = await Promise.all([add(message(1), {}, 'ann', 2), add(message(2), {}, 'ann', 2)]);
    await expect(add(message(3), {}, 'ann', 2)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await add(message(1), { note: 'again' }, 'ann', 2)).toMatchObject({ id: first.id, note: 'again' });
    expect(await add(message(3), {}, 'bob', 2)).toMatchObject({ seq: 3 });
    expect([await favorites.remove('ann', first.id), await favorites.remove('ann', first.id)]).toEqual([true, false]);
    expect(await add(message(3), {}, 'ann', 2)).toMatchObject({ seq: 3 });
    const asked = [...Array(6).keys()].map((i) => add(message(10 + i), {}, 'Ann', 3).catch(() => undefined));
    expect((await Promise.all(asked)).filter((kept) => kept !== undefined)).toHaveLength(3);
  });

  it.each(['lost-answer', 'refused-commit', 'lost-before'] as const)('is kept, changed and removed once: %s', async (fault) => {
    store.database.failNext(fault);
    const kept = await add(custom('x'));
    store.database.failNext(fault);
    const said = await add(message(7));
    store.database.failNext(fault);
    expect(await favorites.update('ann', kept.id, { note: 'n' })).toEqual({ ...kept, note: 'n' });
    expect(await all()).toEqual([said, { ...kept, note: 'n' }]);
    store.database.failNext(fault);
    expect(await favorites.remove('ann', kept.id)).toBe(true);
    expect(await all()).toEqual([said]);
  });
});

describe('pages of favorites', () => {
  beforeEach(async () => {
    for (let n = 1; n <= 9; n++) {
      // Some come in one millisecond.
      now = 1_000 + Math.floor(n / 3);
      await add(n % 2 ? message(n) : custom(`${n}`), { tags: [n % 3 ? 'a' : 'b', ...(n > 6 ? ['c'] : [])] });
    }
  });

  it('hold each once, the newest first, whatever is added or removed meanwhile', async () => {
    const before = ids(await all());
    expect(before).toHaveLength(9);
    for (const limit of [1, 2, 3, 8, 9, 10]) expect(ids(await all({}, limit))).toEqual(before);
    now = 2_000;
    const gone = before.slice(-1);
    const found = await all({}, 2, async () => {
      await add(custom('later'));
      await favorites.remove('ann', gone[0] ?? '');
    });
    expect(ids(found)).toEqual(before.filter((id) => !gone.includes(id)));
  });

  it('tell whether there are more', async () => {
    expect(await favorites.page('ann', {}, undefined, 9)).toMatchObject({ hasMore: false });
    expect(await favorites.page('ann', {}, undefined, 8)).toMatchObject({ hasMore: true });
    expect(await favorites.page('ann', { tags: ['c'] }, undefined, 3)).toMatchObject({ hasMore: false, items: [{}, {}, {}] });
    expect(await favorites.page('ann', { tags: ['c'] }, undefined, 2)).toMatchObject({ hasMore: true, items: [{}, {}] });
    expect(await favorites.page('ann', {}, { createdAt: 0, id: '' }, 10)).toEqual({ items: [], hasMore: false });
  });

  it('hold those of a type, and those that have all of some tags', async () => {
    expect(await all({ type: 'custom' })).toHaveLength(4);
    expect(await all({ type: 'image' })).toEqual([]);
    expect(await all({ tags: ['a'] })).toHaveLength(6);
    expect(await all({ tags: ['A'] })).toEqual([]);
    expect(await all({ tags: ['a', 'c'] })).toHaveLength(2);
    expect(await all({ tags: ['a', 'b'] })).toEqual([]);
    expect(await all({ tags: ['a', 'c'], type: 'text' })).toMatchObject([{ seq: 7 }]);
  });

  it('end early where favorites are large, and lose none', async () => {
    now = 2_000;
    for (let n = 0; n < 12; n++) await add(custom('x'.repeat(60_000)));
    const { items, hasMore } = await favorites.page('ann', {}, undefined, 200);
    expect([items.length, hasMore]).toEqual([4, true]);
    expect(await all()).toHaveLength(21);
    expect(await all({ keyword: 'xxx' }, 5)).toHaveLength(12);
  });

  it('are read by the key of the table, as far as they reach', async () => {
    const rows = jest.spyOn(store.database, 'rows');
    const { items } = await favorites.page('ann', { tags: ['a'] }, { createdAt: 1_002, id: 'f6' }, 2);
    expect(items).toHaveLength(2);
    const asked = [...rows.mock.calls];
    rows.mockRestore();
    expect(asked).toHaveLength(2);
    for (const [sql, values] of asked) {
      const plan = await store.database.rows<{ detail?: string; type?: string; key?: string; Extra?: string }>(
        `${explain()} ${sql}`,
        values,
      );
      if (storeKind() === 'sqlite') {
        expect(plan.map(({ detail }) => detail)).toEqual([
          expect.stringMatching(/^SEARCH .* PRIMARY KEY \(user_id=\? AND created_at[<=]\?\)$/),
        ]);
      } else if (storeKind() === 'mysql') {
        expect(plan).toMatchObject([{ type: 'range', key: 'PRIMARY' }]);
        expect(plan[0]?.Extra).not.toMatch(/filesort/);
      }
    }
  });
});

describe('a search', () => {
  it('finds what holds the keyword, whatever the case, and takes no character for a pattern', async () => {
    const texts = [
      'Hello World',
      '100%',
      '100 per cent',
      'a_b',
      'axb',
      'C:\\temp',
      '我喜欢编程',
      '🍣',
      '🍺',
      'café',
      'cafe',
      'Straße',
      "it's",
      'x',
    ];
    for (const text of texts) await add(custom(text));
    const found = async (keyword: string) => (await all({ keyword })).map(({ payload }) => payload.text).reverse();
    expect(await found('hello')).toEqual(['Hello World']);
    expect(await found('O W')).toEqual(['Hello World']);
    expect(await found('100%')).toEqual(['100%']);
    expect(await found('%')).toEqual(['100%']);
    expect(await found('_')).toEqual(['a_b']);
    expect(await found('a_b')).toEqual(['a_b']);
    expect(await found('\\')).toEqual(['C:\\temp']);
    expect(await found('编程')).toEqual(['我喜欢编程']);
    expect(await found('编')).toEqual(['我喜欢编程']);
    expect(await found('编喜')).toEqual([]);
    expect(await found('🍣')).toEqual(['🍣']);
    expect(await found('CAFÉ')).toEqual(['café']);
    expect(await found('cafe\u0301')).toEqual(['café']);
    expect(await found('cafe')).toEqual(['cafe']);
    expect(await found('STRASSE')).toEqual(['Straße']);
    expect(await found("'")).toEqual(["it's"]);
    expect(await found('X ')).toEqual([]);
  });

  it('finds by note, by tag and by the name of a file', async () => {
    await add({ id: 'a', type: 'file', payload: { fileId: 'secret', name: '年度报告.PDF' } }, {});
    await add(custom('b'), { note: 'Remember the milk' });
    await add(custom('c'), { tags: ['Groceries'] });
    expect(ids(await all({ keyword: '报告.pdf' }))).toEqual(['a']);
    expect(await all({ keyword: 'MILK' })).toMatchObject([{ payload: { text: 'b' } }]);
    expect(await all({ keyword: 'grocer' })).toMatchObject([{ payload: { text: 'c' } }]);
    expect(await all({ keyword: 'secret' })).toEqual([]);
  });

  it('finds what a program would find that looks at each of them', () =>
    withSeed(async (random: Seeded) => {
      const letters = [...'aA%_\\\'"éÉe\u0301ßs漢汉🍣🍺 \nΣσς'];
      const tags = ['a', 'A', 'b c', '%', '_', '漢', '🍣', '"'];
      const text = (max: number) => Array.from({ length: 1 + random.below(max) }, () => random.pick(letters)).join('');
      const some = Array.from({ length: 60 }, () => ({
        favorite: { ...custom(text(6)), type: random.pick(['custom', 'text'] as const) },
        labels: { tags: tags.filter(() => random.below(3) === 0), ...(random.below(2) ? { note: text(3) } : {}) },
      }));
      for (const { favorite, labels } of some) await add(favorite, labels);
      const kept = await all();
      expect(kept).toHaveLength(some.length);
      for (let i = 0; i < 150; i++) {
        const filter: FavoriteFilter = {
          ...(random.below(3) ? { keyword: text(2) } : {}),
          ...(random.below(3) ? {} : { type: random.pick(['custom', 'text'] as const) }),
          ...(random.below(3) ? {} : { tags: tags.filter(() => random.below(5) === 0) }),
        };
        const { keyword = '', type, tags: wanted = [] } = filter;
        const fits = kept.filter(
          (one) =>
            searchedText(one).includes(folded(keyword)) &&
            (type === undefined || one.type === type) &&
            wanted.every((tag) => one.tags.includes(tag)),
        );
        expect([filter, ids(await all(filter, 1 + random.below(70)))]).toEqual([filter, ids(fits)]);
      }
    }));
});

describe('ten thousand favorites', () => {
  const many = 10_000;

  beforeEach(async () => {
    const at = (n: number) => Array.from({ length: 500 }, (_, i) => n + i);
    for (let n = 0; n < many; n += 500) {
      await store.database.write((tx) =>
        tx.run(
          `INSERT INTO favorites (user_id, created_at, id, type, tags, searched, payload) VALUES ${at(n)
            .map(() => '(?, ?, ?, ?, ?, ?, ?)')
            .join(', ')}`,
          at(n).flatMap((i) => {
            const one = { tags: i % 100 ? [] : ['rare', `t${i / 100}`], payload: { text: `number ${i}` } };
            const text = JSON.stringify(one.payload);
            return ['ann', 5_000 + i, `m${i}`, i % 2 ? 'text' : 'custom', tagsAsText(one.tags), searchedText(one), text];
          }),
        ),
      );
    }
  });

  it('are looked through in few steps, between which others have their turn', async () => {
    const roundTrips = async (work: () => Promise<unknown>): Promise<{ trips: number; turns: number }> => {
      const before = store.database.roundTrips;
      let turns = 0;
      let over = false;
      const others = (): void => {
        turns++;
        if (!over) setImmediate(others);
      };
      setImmediate(others);
      await work();
      over = true;
      return { trips: store.database.roundTrips - before, turns };
    };
    const nothing = await roundTrips(async () => expect(await all({ keyword: 'no such thing' })).toEqual([]));
    expect(nothing.trips).toBe(many / 250 + 1);
    expect(nothing.turns).toBeGreaterThanOrEqual(many / 250);
    const oldest = await roundTrips(async () => expect(ids(await all({ keyword: 'Number 7' }, 200)).at(-1)).toBe('m7'));
    expect(oldest.turns).toBeGreaterThanOrEqual(many / 250);
    const first = await roundTrips(async () => {
      const { items } = await favorites.page('ann', { keyword: 'number' }, undefined, 20);
      expect(ids(items)).toEqual(Array.from({ length: 20 }, (_, i) => `m${many - 1 - i}`));
    });
    expect(first.trips).toBe(2);
    const plain = await roundTrips(async () => expect((await favorites.page('ann', {}, undefined, 20)).items).toHaveLength(20));
    expect(plain.trips).toBe(2);
  });

  it('are paged to the end by what they hold, each once', async () => {
    expect(ids(await all({ tags: ['rare'], type: 'custom' }, 30))).toEqual(
      Array.from({ length: many / 100 }, (_, i) => `m${many - 100 * (i + 1)}`),
    );
    expect(ids(await all({ keyword: 'NUMBER 99' }, 7))).toHaveLength(111);
    await favorites.remove('ann', 'm9900');
    expect(await all({ tags: ['rare'] }, 30)).toHaveLength(many / 100 - 1);
  });

  it('are counted by type and tag', async () => {
    const { total, byType, byTag } = await favorites.counts('ann');
    expect([total, byType.get('text'), byType.get('custom'), byTag.get('rare'), byTag.get('t7'), byTag.size]).toEqual([
      many,
      many / 2,
      many / 2,
      100,
      1,
      101,
    ]);
    expect(await favorites.counts('bob')).toEqual({ total: 0, byType: new Map(), byTag: new Map() });
  });
});
