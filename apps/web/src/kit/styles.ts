/** Style sheets that failed to load, by their addresses. */
const failed = new Map<string, HTMLLinkElement>();
/** Those that are on their way again: parts share them. */
const onTheWay = new Map<string, Promise<void>>();

document.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.relList.contains('stylesheet')) failed.set(target.href, target);
  },
  // It does not bubble.
  true,
);

/** Asks again for the styles that failed: the bundler asks for those of a part only once. Rejects when one fails again. */
export async function loadFailedStyles(): Promise<void> {
  await Promise.all([...failed.values()].map(again));
}

function again(link: HTMLLinkElement): Promise<void> {
  const { href } = link;
  const known = onTheWay.get(href);
  if (known) return known;
  const next = link.cloneNode() as HTMLLinkElement;
  const loaded = new Promise<void>((resolve, reject) => {
    next.onload = () => resolve(void failed.delete(href));
    // In the words of the bundler, by which it is known what is missing.
    next.onerror = () => reject(new Error(`Unable to preload CSS for ${href}`));
    link.replaceWith(next);
  }).finally(() => onTheWay.delete(href));
  onTheWay.set(href, loaded);
  return loaded;
}
