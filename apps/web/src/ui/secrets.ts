/** What stands in the place of a secret. */
export const mask = '••••••';

const secretNames = /^(token|password|secret|authorization)$/i;
const tokens = /\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g;
const inAddresses = /([?&](?:token|sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s"]+/gi;

/** The same JSON value without passwords and tokens: by the names of fields, and by how tokens and signed addresses look. */
export function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskedText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      secretNames.test(name) && typeof one === 'string' && one !== '' ? mask : masked(one),
    ]),
  );
}

/** The same JSON value with nothing where something was masked: what is masked must not be sent. */
export function emptied(value: unknown): unknown {
  if (typeof value === 'string') return value.includes(mask) ? '' : value;
  if (Array.isArray(value)) return value.map(emptied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, emptied(one)]));
}

/** The same text without what looks like a token or a signed address. */
export function maskedText(text: string): string {
  return text.replace(tokens, mask).replace(inAddresses, `$1${mask}`);
}
