import { gathered } from './gathered';

const names = new Map([
  ['a', 'Ada'],
  ['b', 'Bob'],
  ['c', 'Cem'],
]);

/** What was asked for in each request. */
function counted(max = 10) {
  const asked: (readonly string[])[] = [];
  const ask = (ids: readonly string[]) => {
    asked.push(ids);
    return Promise.resolve(names);
  };
  return { asked, get: gathered({ ask, waitMs: 0, max }) };
}

describe('what is asked for at about the same time', () => {
  it('makes one request, each id once', async () => {
    const { asked, get } = counted();
    expect(await Promise.all(['a', 'b', 'a'].map(get))).toEqual(['Ada', 'Bob', 'Ada']);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('makes several where there is too much for one', async () => {
    const { asked, get } = counted(2);
    expect(await Promise.all(['a', 'b', 'c'].map(get))).toEqual(['Ada', 'Bob', 'Cem']);
    expect(asked).toEqual([['a', 'b'], ['c']]);
  });

  it('is undefined where it is not there', async () => {
    expect(await counted().get('nobody')).toBeUndefined();
  });

  it('fails together, and is asked for again afterwards', async () => {
    let failing = true;
    const ask = () => (failing ? Promise.reject(new Error('away')) : Promise.resolve(names));
    const get = gathered({ ask, waitMs: 0, max: 10 });
    expect((await Promise.allSettled([get('a'), get('b')])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    expect(await get('a')).toBe('Ada');
  });

  it('of a later time makes its own request', async () => {
    const { asked, get } = counted();
    await get('a');
    await get('b');
    expect(asked).toEqual([['a'], ['b']]);
  });
});
