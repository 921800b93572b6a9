import { type Mentionable, emojiCount, everybody, matching, mentionAt, mentionedIn, safeHref, spansOf } from './text';

const ann = { userId: 'u1', name: 'Ann' };
const annLee = { userId: 'u2', name: 'Ann Lee' };

describe('mentions in a text', () => {
  it('are cut out by the longest name that fits', () => {
    expect(spansOf('hi @Ann Lee and @Ann!', [ann, annLee])).toEqual([
      { kind: 'text', text: 'hi ' },
      { kind: 'mention', text: '@Ann Lee', userId: 'u2' },
      { kind: 'text', text: ' and ' },
      { kind: 'mention', text: '@Ann', userId: 'u1' },
      { kind: 'text', text: '!' },
    ]);
  });

  it('are only of those whom the message mentions', () => {
    expect(spansOf('@Bob', [ann])).toEqual([{ kind: 'text', text: '@Bob' }]);
    expect(spansOf('@Ann', [])).toEqual([{ kind: 'text', text: '@Ann' }]);
  });

  it('lose nothing of the text', () => {
    const text = '@@Ann @Ann@Ann  @';
    expect(
      spansOf(text, [ann])
        .map((span) => span.text)
        .join(''),
    ).toBe(text);
  });
});

describe('the completion of mentions', () => {
  it('looks for what stands behind the last @ before the caret', () => {
    expect(mentionAt('hi @an', 6)).toEqual({ from: 3, query: 'an' });
    expect(mentionAt('hi @', 4)).toEqual({ from: 3, query: '' });
    expect(mentionAt('hi @ann lee', 11)).toEqual({ from: 3, query: 'ann lee' });
    expect(mentionAt('@an and more', 3)).toEqual({ from: 0, query: 'an' });
  });

  it('looks for nothing in an address of mail, behind a space, over a line or far away', () => {
    expect(mentionAt('bob@example', 11)).toBeUndefined();
    expect(mentionAt('@ ', 2)).toBeUndefined();
    expect(mentionAt('@an\nb', 5)).toBeUndefined();
    expect(mentionAt(`@${'x'.repeat(40)}`, 41)).toBeUndefined();
    expect(mentionAt('hello', 5)).toBeUndefined();
  });

  const all: readonly Mentionable[] = [
    { userId: '1', name: 'Zoë Ångström', also: 'zoe' },
    { userId: '2', name: 'Ann', also: 'ann' },
    { userId: '3', name: 'Lee Ann', also: 'lee' },
    { userId: '4', name: 'Joanna', also: 'jo' },
    { userId: '5', name: 'Bob', also: 'annexe' },
  ];

  it('offers those whose name begins so first, and those in whose name it is last', () => {
    expect(matching(all, 'ann', 9).map(({ name }) => name)).toEqual(['Ann', 'Bob', 'Lee Ann', 'Joanna']);
  });

  it('finds names without their accents and in any case', () => {
    expect(matching(all, 'ZOE ang', 9).map(({ userId }) => userId)).toEqual(['1']);
  });

  it('offers no more than so many', () => {
    expect(matching(all, '', 2)).toHaveLength(2);
  });

  it('mentions those whose names are still in the text, each once', () => {
    const chosen = [{ ...ann, also: '' }, { ...ann, also: '' }, { ...annLee, also: '' }, everybody('all')];
    expect(mentionedIn('@Ann @all', chosen)).toEqual(['u1', '@all']);
  });
});

describe('a text of emoji alone', () => {
  it.each([
    ['😀', 1],
    ['😀 🎉', 2],
    ['👨‍👩‍👧‍👦👍🏽', 2],
    ['🇩🇪', 1],
    ['❤️', 1],
  ])('%s counts %i', (text, count) => expect(emojiCount(text)).toBe(count));

  it.each(['', ' ', 'a😀', '123', '#', '*', '😀😀😀😀😀😀😀'])('%j is none', (text) => expect(emojiCount(text)).toBe(0));
});

describe('an address in a text', () => {
  it.each(['https://example.org/?a=1', 'http://example.org', 'mailto:bob@example.org'])('%s leads there', (href) =>
    expect(safeHref(href)).toBe(href),
  );

  it.each([
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'data:text/html,<b>',
    'vbscript:x',
    'blob:https://x/1',
    'file:///etc',
    'no address',
    'https://bank.example@evil.example/',
    'https://bank.example:x@evil.example/',
    'https://evil.example/\u202emoc.elgoog//:sptth',
    'http://evil.example/\u2066x',
  ])('%j leads nowhere', (href) => expect(safeHref(href)).toBeUndefined());
});
