import { ImError } from '@app/protocol';
import type { z } from 'zod';

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
