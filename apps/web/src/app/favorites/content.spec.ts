import { contentOf, withTyped, wordsOf } from './content';

describe('a favorite', () => {
  it('that is a note of words is shown as a text', () => {
    expect(contentOf({ type: 'custom', payload: { text: 'buy milk' } })).toEqual({ type: 'text', payload: { text: 'buy milk' } });
    expect(contentOf({ type: 'custom', payload: { text: 5 } }).type).toBe('custom');
  });

  it('is told in a line by its words, its note, or the name of its file', () => {
    expect(wordsOf({ type: 'text', payload: { text: 'one\ntwo' }, note: 'mine' })).toBe('one two');
    expect(wordsOf({ type: 'image', payload: { name: 'IMG_1.png' }, note: 'the garden' })).toBe('the garden');
    expect(wordsOf({ type: 'file', payload: { name: 'plan.pdf' } })).toBe('plan.pdf');
    expect(wordsOf({ type: 'image', payload: { name: 'IMG_1.png' } })).toBeUndefined();
  });
});

describe('tags that are typed', () => {
  it('are separated by commas, of either kind, and each is there once', () => {
    expect(withTyped(['a'], ' b c, a，d ,,')).toEqual(['a', 'b c', 'd']);
  });

  it('are as the server takes them', () => {
    expect(withTyped([], `${'x'.repeat(40)},a\u0007b`)).toEqual(['x'.repeat(32), 'a b']);
    expect(withTyped([], `${'x'.repeat(31)}😀`)[0]?.isWellFormed()).toBe(true);
    expect(withTyped([], Array.from({ length: 30 }, (_, i) => `t${i}`).join())).toHaveLength(20);
  });
});
