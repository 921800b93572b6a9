import type { z } from 'zod';
import type { Access } from './access';
import type { ErrorCode } from './errors';

/** Declaration of one WebSocket action: everything that is known about it before any code runs. */
export interface ActionDeclaration<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly summary: string;
  /** For whom it is; `accessRules` tells what the others are answered. */
  readonly access: Access;
  readonly input: I;
  readonly output: O;
  /** Codes it may answer with, beyond those that any frame may get (see `frameErrors`). */
  readonly errors: readonly ErrorCode[];
  /** `send`: takes from the buckets of `sendQps`; `frame`: only from the connection's own bucket. */
  readonly limit: 'send' | 'frame';
}

/** Codes that any frame may be answered with. */
export const frameErrors = ['BAD_FRAME', 'UNKNOWN_ACTION', 'BAD_REQUEST', 'RATE_LIMIT', 'UNAVAILABLE', 'INTERNAL'] as const;

/** Declares an action; only gives the literal its type. */
export const action = <I extends z.ZodType, O extends z.ZodType>(declaration: ActionDeclaration<I, O>): ActionDeclaration<I, O> =>
  declaration;

/** Declaration of one REST route. `:name` in the path is a parameter. */
export interface RouteDeclaration<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  /** HTTP status of success. */
  readonly status: 200 | 201;
  /** What other statuses of an answer tell; those of 400 and above have the body of an error. */
  readonly alsoAnswers?: Readonly<Record<number, string>>;
  /** For whom it is; `accessRules` tells what the others are answered, and how the caller shows who they are. */
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Fields of a form (`multipart/form-data`), beside the one file, named `file`, that it is about. */
  readonly form?: z.ZodType;
  /** That the body of the request (`taken`), or the answer (`given`), is bytes of any type. */
  readonly bytes?: 'taken' | 'given';
  readonly output: O;
  readonly errors: readonly ErrorCode[];
}

/** Declares a route; only gives the literal its type. */
export const route = <const R extends RouteDeclaration>(declaration: R): R => declaration;
