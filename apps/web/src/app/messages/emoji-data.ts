/** Newer ones show as boxes on many systems. */
const maxVersion = 14;

interface Known {
  readonly label: string;
  readonly emoji: string;
  readonly group?: number;
  readonly version: number;
  readonly tags?: readonly string[];
}

const loaders = {
  en: () => Promise.all([import('emojibase-data/en/data.json'), import('emojibase-data/en/messages.json')]),
  zh: () => Promise.all([import('emojibase-data/zh/data.json'), import('emojibase-data/zh/messages.json')]),
} as const;

/** Parts of faces and hands, which nobody looks for by themselves. */
const components = 2;

/** The emoji in the shape that the picker wants, from what was built with the page. */
export async function emojiData(locale: string) {
  const [data, messages] = await loaders[locale === 'zh' ? 'zh' : 'en']();
  const known = data.default as unknown as readonly Known[];
  const groups = messages.default.groups as readonly { readonly message: string; readonly order: number }[];
  return {
    locale,
    emojis: known.flatMap(({ label, emoji, group, version, tags = [] }) =>
      group === undefined || group === components || version > maxVersion
        ? []
        : [{ label, emoji, category: group, version, tags: [...tags] }],
    ),
    categories: groups.filter(({ order }) => order !== components).map(({ message, order }) => ({ index: order, label: message })),
    skinTones: { light: '', 'medium-light': '', medium: '', 'medium-dark': '', dark: '' },
  };
}
