/**
 * Users lie in so many parts, each in one slot of a Cluster, so that many are asked about at once. Whatever asks about them finds them by
 * the same names: change nothing here while gateways of another version run.
 */
export const partCount = 32;

/** A script holds Redis up for as long as it runs. */
export const keysAtOnce = 100;

/** The key of those who count as here in a part. The prefix has no braces. */
export const hereKey = (prefix: string, part: number): string => `${prefix}{${part}}:here`;

/** The key of a user's devices. */
export const userKey = (prefix: string, part: number, userId: string): string => `${prefix}{${part}}:user:${userId}`;

/** Reads "device holder", as `look.lua` tells it. */
export const deviceOf = (held: string): string => held.slice(0, held.lastIndexOf(' '));
export const holderOf = (held: string): string => held.slice(held.lastIndexOf(' ') + 1);

/** By part, not more at once than a script takes. */
export function* batches<T extends { readonly userId: string }>(all: readonly T[]): Iterable<[part: number, some: readonly T[]]> {
  const byPart = new Map<number, T[]>();
  for (const one of all) {
    const part = partOf(one.userId);
    const others = byPart.get(part);
    if (others) others.push(one);
    else byPart.set(part, [one]);
  }
  for (const [part, some] of byPart) for (let i = 0; i < some.length; i += keysAtOnce) yield [part, some.slice(i, i + keysAtOnce)];
}

/** FNV-1a: every gateway of every version finds a user in the same part. */
export function partOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partCount;
}
