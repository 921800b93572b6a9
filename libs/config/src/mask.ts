/** What stands in the place of a secret, whatever its length. */
export const MASK = '********';

/** How a value may be shown: as it is, never, or without the password that its URL carries. */
export type Visibility = 'plain' | 'secret' | 'url';

/** The value as it may be printed or logged. An empty text shows nothing and hides nothing. */
export function masked(text: string, visibility: Visibility): string {
  if (text === '' || visibility === 'plain') return text;
  return visibility === 'secret' ? MASK : maskUrl(text);
}

// The text need not be a valid URL (the mask is for error lines too), and passwords hold unescaped '@', '/' and '#':
// everything between the first colon after the user and the last '@' goes.
const credentials = /^((?:[a-z][a-z0-9+.-]*:\/\/)?[^:@/]*:)(.*)@/is;
// Where the last '@' stands in a secret parameter, what follows it belongs to that one.
const secretWithAt = /([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=[^&]*@)[^&@]*(?=&[^@]*$|$)/i;
const secretParameter = /([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&]*/gi;

// What a misspelt parameter of Redis holds may be a password too, and so may what follows a '&' in it.
const redisQuery = /^(rediss?(?:\+\w+)?:[^?]*)\?(.*)$/is;
const harmlessParameter = /^sentinelUsername=/;
const maskPair = (pair: string): string =>
  harmlessParameter.test(pair) ? pair : pair.startsWith('sentinelPassword=') ? `sentinelPassword=${MASK}` : MASK;

function maskUrl(text: string): string {
  if (text.startsWith('sqlite:')) return text;
  const shown = text.replace(secretWithAt, `$1${MASK}`).replace(credentials, `$1${MASK}@`).replace(secretParameter, `$1${MASK}`);
  const [, address, query] = redisQuery.exec(shown) ?? [];
  return query ? `${address}?${query.split('&').map(maskPair).join('&')}` : shown;
}
