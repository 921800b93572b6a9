import { z } from 'zod';

/** A whole number in a query string. */
export const inQuery = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text), schema);

/** Words in a query string, separated by commas. They may be missing where the schema says so. */
export const listInQuery = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (typeof text === 'string' ? text.split(',') : text), schema) as unknown as z.ZodType<
    z.output<T>,
    undefined extends z.output<T> ? string | undefined : string
  >;

/** How many items a page has. */
export const pageQuery = {
  limit: inQuery(z.number().int().min(1).max(200).default(50)),
};

/** The answer of a route that has nothing to tell. */
export const done = z.object({});

/** A `next` of an earlier page; opaque to clients. */
export const cursorSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9_-]+$/, 'expected a cursor of an earlier answer');
