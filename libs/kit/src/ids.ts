import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const idLength = 20;
// Random bytes cost about as much for many ids as for one.
const bytes = Buffer.alloc(idLength * 128);
let used = bytes.length;

/** A new random id of 20 characters (100 bits, Crockford's base 32 in lower case): fit for ids of users, groups, sessions, devices. */
export function newId(): string {
  if (used === bytes.length) {
    randomFillSync(bytes);
    used = 0;
  }
  let id = '';
  for (const end = used + idLength; used < end; used++) id += alphabet[(bytes[used] as number) & 31];
  return id;
}

/** A new random id of 26 characters (130 bits) of the same alphabet, where knowing it is a right. */
export function newLongId(): string {
  return newId() + newId().slice(0, 6);
}
