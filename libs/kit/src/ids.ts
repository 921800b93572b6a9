import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new random id of 20 characters (100 bits, Crockford's base 32 in lower case): fit for ids of users, groups, sessions, devices. */
export function newId(): string {
  let id = '';
  for (const byte of randomBytes(20)) id += alphabet[byte & 31];
  return id;
}
