import type { BlobRange } from '@app/blobs';

/** What a `Range` header asks for: a part, the whole, or nothing that there is. */
export type Asked =
  { readonly kind: 'whole' } | { readonly kind: 'part'; readonly range: Required<BlobRange> } | { readonly kind: 'beyond' };

const whole: Asked = { kind: 'whole' };
const beyond: Asked = { kind: 'beyond' };

/**
 * Reads a `Range` header for a file of `size` bytes (RFC 9110, 14). Several ranges, other units and what is no range get the whole;
 * so does, by `If-Range`, a range of other bytes than those with `etag` (in quotes).
 */
export function askedRange(
  size: number,
  etag: string,
  { range, ifRange }: { range?: string | undefined; ifRange?: string | undefined },
): Asked {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(range ?? '') ?? [];
  if ((first === '' && last === '') || (ifRange !== undefined && ifRange !== etag)) return whole;
  if (first === '') {
    const length = Number(last);
    return length === 0 ? beyond : { kind: 'part', range: { start: Math.max(0, size - length), end: size - 1 } };
  }
  const [start, end] = [Number(first), last === '' ? size - 1 : Number(last)];
  if (start > end && last !== '') return whole;
  return start >= size ? beyond : { kind: 'part', range: { start, end: Math.min(end, size - 1) } };
}

/** Whether an `If-None-Match` header names these bytes. */
export const isKnown = (etag: string, ifNoneMatch: string | undefined): boolean =>
  (ifNoneMatch ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
