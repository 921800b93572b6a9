import en from './en.json';
import placesEn from './places.en.json';
import placesZh from './places.zh-CN.json';
import uiEn from './ui.en.json';
import uiZh from './ui.zh-CN.json';
import zh from './zh-CN.json';

/** Every text by its key, with the names that it fills in. */
function texts(tree: object, path = ''): [key: string, names: string[]][] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string'
      ? [[`${path}${key}`, [...value.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!).sort()]]
      : texts(value as object, `${path}${key}.`),
  );
}

describe.each([
  ['of the app', en, zh],
  ['of people, groups and settings', placesEn, placesZh],
  ['of the console', uiEn, uiZh],
])('the texts %s', (_, english, chinese) => {
  it('are there in both languages', () => {
    expect(texts(chinese).map(([key]) => key)).toEqual(expect.arrayContaining(texts(english).map(([key]) => key)));
    expect(texts(english).map(([key]) => key)).toEqual(expect.arrayContaining(texts(chinese).map(([key]) => key)));
  });

  it('fill in the same names', () => {
    const filled = new Map(texts(chinese));
    // A plural of one may leave its number out.
    const differing = texts(english).filter(([key, names]) => !key.endsWith('_one') && String(filled.get(key)) !== String(names));
    expect(differing).toEqual([]);
  });
});
