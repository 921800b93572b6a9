import { ImError } from '@app/protocol';
import { z } from 'zod';

/** An id in a token, or none. A token that we did not write may hold any text, and some stores compare ids with nothing but ASCII. */
export const placeId = z.string().regex(/^[A-Za-z0-9._-]{0,64}$/);

/** A token that carries a place between calls and is opaque to clients. */
export interface PlaceToken<T> {
  write(place: T): string;
  /** Throws `BAD_REQUEST` for what `write` did not write. */
  read(token: string): T;
}

/** Tokens for places of a shape. */
export const placeToken = <T>(schema: z.ZodType<T>): PlaceToken<T> => ({
  write: (place) => Buffer.from(JSON.stringify(place)).toString('base64url'),
  read: (token) => {
    try {
      return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    } catch {
      throw new ImError('BAD_REQUEST', 'this is not a token of an earlier answer');
    }
  },
});
