import en from './en.json';
import zh from './zh-CN.json';

type Texts = { readonly [key: string]: string | Texts };

const textsIn = (texts: Texts, at = ''): [string, string][] =>
  Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[`${at}${key}`, text] as [string, string]] : textsIn(text, `${at}${key}.`),
  );

const english = new Map(textsIn(en));
const chinese = new Map(textsIn(zh));
const placesIn = (text = '') => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

describe('the texts of the pages', () => {
  it('are there in both languages', () => expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort()));

  it.each([...english.keys()])('%s has the same places in both', (key) => {
    expect(placesIn(chinese.get(key))).toEqual(placesIn(english.get(key)));
  });
});
