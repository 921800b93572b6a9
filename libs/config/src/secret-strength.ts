/** Fewer characters than this cannot carry the 128 bits and more that an HMAC key should have. */
export const MIN_SECRET_LENGTH = 32;

/** The same of a secret whose signatures nobody sees but those who have it, so that nobody can try guesses on them. */
export const MIN_CALLBACK_SECRET_LENGTH = 16;

/** The secret of configurations made for tests; since it is published here, production refuses it. */
export const TEST_SECRET = 'parley-test-secret-not-for-production-use';

/**
 * What a secret lacks for production, to follow "expected"; undefined if nothing. Refused are short ones, ones made of the
 * words that examples and templates use (`your-secret-key`, `changeme`), and ones that repeat a few characters up to the length.
 */
export function secretWeakness(secret: string, least = MIN_SECRET_LENGTH): string | undefined {
  const length = [...secret].length;
  if (length < least) return `at least ${least} characters in production, not ${length}`;
  if (isGuessable(secret)) return 'a secret of your own in production, not a well-known or repeated one';
  return undefined;
}

// Longer words before the shorter ones that they contain.
const templateWords = [
  'abcdefghijklmnopqrstuvwxyz|0123456789abcdef|0123456789|1234567890|123456789|qwertyuiop|asdfghjkl|zxcvbnm|12345678|123456|qwerty',
  'parley|gateway|openim|example|default|sample|dummy|placeholder|foobar|jsonwebtoken|jwt|token|auth|signing|sign|hmac|hs256|app|server',
  'supersecret|secret|passphrase|password|passwd|private|keyboard|key|change|replace|please|insert|generate|random|string|value|super|very',
  'characters|character|chars|char|bytes|bits|minimum|least|long|length|production|development|local|testing|tests|test|prod|dev|admin|root',
  'should|must|here|your|this|that|with|for|not|use|my|me|it|in|at|be|to|is|the|a|do|or|an|some|least|safe|secure|insecure|strong|32|64|256',
].join('|');
const separators = /[-_.\s!?,:<>()[\]{}$]/g;
const templateWord = new RegExp(templateWords, 'g');

/** Fewer characters than this beside the well-known words are padding. */
const MIN_OWN_CHARACTERS = 16;

function isGuessable(secret: string): boolean {
  const plain = secret.toLowerCase().replace(separators, '');
  // A chance match of a short word inside random text costs a few characters and does no harm; a template loses nearly all.
  const own = plain.replace(templateWord, '');
  const templateLike = own.length < MIN_OWN_CHARACTERS && own.length * 2 < plain.length;
  return templateLike || isRepetitive(secret) || (own !== plain && isRepetitive(own));
}

/** A few characters again and again, or one piece of up to half the length repeated. */
function isRepetitive(text: string): boolean {
  if (new Set(text).size < 6) return true;
  for (let period = 1; period * 2 <= text.length; period++) {
    if (text.slice(period) === text.slice(0, text.length - period)) return true;
  }
  return false;
}
