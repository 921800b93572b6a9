import en from '../i18n/ui.en.json';
import zh from '../i18n/ui.zh-CN.json';

type Texts = { readonly [key: string]: string | Texts };

function flat(texts: Texts, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, one]): [string, string][] =>
    typeof one === 'string' ? [[`${path}${key}`, one]] : flat(one, `${path}${key}.`),
  );
}

const places = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe('the texts of the console', () => {
  it('are there in both languages', () => {
    expect(
      flat(zh)
        .map(([key]) => key)
        .sort(),
    ).toEqual(
      flat(en)
        .map(([key]) => key)
        .sort(),
    );
  });

  it('have the same places for values in both languages', () => {
    const others = new Map(flat(zh));
    for (const [key, text] of flat(en)) expect([key, places(others.get(key) ?? '')]).toEqual([key, places(text)]);
  });
});
