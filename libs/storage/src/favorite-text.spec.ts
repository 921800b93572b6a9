import { tagsSchema } from '@app/protocol';
import fc from 'fast-check';
import { folded, searchedLength, searchedText, tagsAsText, tagsOf } from './favorite-text';

describe('folded text', () => {
  it.each([
    ['case', 'HELLO world', 'hello World'],
    ['case of other scripts', 'ПРИВЕТ ΟΔΟΣ', 'привет οδος'],
    ['how sharp s is written', 'STRASSE', 'straße'],
    ['how a character is composed', 'caf\u00e9 が', 'cafe\u0301 か\u3099'],
    ['width', 'Ｐａｒｌｅｙ １２３', 'parley 123'],
  ])('is the same whatever the %s', (_, one, other) => {
    expect(folded(one)).toBe(folded(other));
  });

  it.each([
    ['🍣', '🍺'],
    ['漢字', '汉字'],
    ['é', 'e'],
    ['%', '_'],
  ])('tells %s from %s', (one, other) => {
    expect(folded(one)).not.toBe(folded(other));
  });

  it('of a part is part of it, whatever the script', () => {
    const text = fc.string({ unit: fc.constantFrom(...'aZé漢字がß🍣%_\\ Σς\n') });
    fc.assert(fc.property(text, text, text, (before, part, after) => folded(before + part + after).includes(folded(part))));
  });
});

describe('what a search looks at', () => {
  it('is the note, the tags and every text of the payload, at whatever depth, and no id of a file', () => {
    const payload = { text: 'a', fileId: 'f1', list: ['b', { deep: { name: 'c.png' }, n: 7, ok: true, nothing: null }], thumbnailId: 'f2' };
    expect(searchedText({ note: 'note', tags: ['tag'], payload })).toBe('NOTE\nTAG\nA\nB\nC.PNG');
    expect(searchedText({ tags: [], payload: {} })).toBe('');
  });

  it('ends there also where one character is compared as many', () => {
    expect(searchedText({ tags: [], payload: { text: '\ufdfa'.repeat(searchedLength) } })).toHaveLength(searchedLength);
  });

  it('ends at its limit, and with no half of a character', () => {
    const searched = searchedText({ note: 'n', tags: [], payload: { text: '🍣'.repeat(searchedLength) } });
    expect(searched.length).toBe(searchedLength);
    expect(searched.isWellFormed()).toBe(true);
    expect(searched.startsWith('N\n🍣🍣')).toBe(true);
  });
});

describe('tags', () => {
  it('come back from their text as they were, each once', () => {
    const tag = fc.string({ unit: 'binary', minLength: 1, maxLength: 16 });
    const tags = fc.array(tag, { maxLength: 20 }).filter((some) => tagsSchema.safeParse(some).success);
    fc.assert(fc.property(tags, (some) => expect(tagsOf(tagsAsText(some))).toEqual([...new Set(some)])));
  });

  it('are found in their text as a whole only', () => {
    const text = tagsAsText(['work', 'to do', 'a"b']);
    expect(['work', 'to do', 'a"b', 'wor', 'do', 'b', 'WORK'].filter((tag) => text.includes(tagsAsText([tag])))).toEqual([
      'work',
      'to do',
      'a"b',
    ]);
  });
});
