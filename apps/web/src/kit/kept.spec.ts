import { keep, kept, keptNames } from './kept';

/** A storage of a browser that takes so many texts. */
function storageOf(room: number): Record<string, unknown> {
  const texts: Record<string, unknown> = {};
  const own = (name: string, value: unknown) => Object.defineProperty(texts, name, { value, enumerable: false });
  own('getItem', (name: string) => texts[name] ?? null);
  own('removeItem', (name: string) => delete texts[name]);
  own('setItem', (name: string, text: string) => {
    if (!(name in texts) && Object.keys(texts).length >= room) throw new DOMException('full', 'QuotaExceededError');
    if (text.length > 10) throw new DOMException('full', 'QuotaExceededError');
    texts[name] = text;
  });
  return texts;
}

const page = globalThis as { localStorage?: unknown };

describe('what a browser keeps', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  const give = (storage: PropertyDescriptor) => Object.defineProperty(page, 'localStorage', { configurable: true, ...storage });
  afterEach(() => {
    for (const name of keptNames('')) keep(name, null);
    delete page.localStorage;
    if (before) Object.defineProperty(globalThis, 'localStorage', before);
  });

  it('is in its storage, until it is forgotten', () => {
    const storage = storageOf(5);
    give({ value: storage });
    keep('a.1', 'one');
    keep('b.1', 'two');
    expect([kept('a.1'), storage['a.1'], keptNames('a.')]).toEqual(['one', 'one', ['a.1']]);
    keep('a.1', null);
    expect([kept('a.1'), kept('nothing')]).toEqual([null, null]);
  });

  it('lasts as long as the page where nothing may be kept', () => {
    give({
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    expect(kept('a')).toBeNull();
    keep('a', 'one');
    expect([kept('a'), keptNames('')]).toEqual(['one', ['a']]);
    keep('a', null);
    expect(kept('a')).toBeNull();
  });

  it('is the newer text where the storage has no room for it', () => {
    const storage = storageOf(1);
    give({ value: storage });
    keep('a', 'short');
    keep('a', 'longer than there is room for');
    keep('b', 'two');
    expect([kept('a'), kept('b')]).toEqual(['longer than there is room for', 'two']);
    expect(storage['a']).toBeUndefined();
    keep('a', 'short');
    expect([kept('a'), storage['a']]).toEqual(['short', undefined]);
    keep('b', null);
    keep('a', 'again');
    expect(storage['a']).toBe('again');
  });
});
