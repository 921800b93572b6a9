import type { Dialect } from './dialect';

/** A value that may stand for a `?`. */
export type SqlValue = string | number | null;

/** One statement and the values of its `?`. */
export interface Statement {
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/** What answers a SELECT: the store itself, or an open transaction. */
export interface Reads {
  rows<T>(sql: string, values?: readonly SqlValue[]): Promise<T[]>;
}

/** An open transaction. */
export interface Queries extends Reads {
  /** Runs a statement that answers no rows. */
  run(sql: string, values?: readonly SqlValue[]): Promise<{ affected: number; insertId: number }>;
  /** Runs SELECTs one after the other, in one round trip where the store can, and answers the rows of each. */
  all(statements: readonly Statement[]): Promise<unknown[][]>;
  /**
   * Runs a statement whose answer nobody needs. It may travel with the next one, with the COMMIT at the latest; when it fails, that one
   * fails.
   */
  later(statement: Statement): Promise<void>;
}

/** A connection that belongs to one transaction until it is given back. */
export interface Session extends Queries {
  /** Ends the open transaction, if there is one. A connection that cannot is closed, and so is one that `lost` says is of no use. */
  rollback(lost: boolean): Promise<void>;
  /** Gives the connection back. */
  release(): void;
}

/** The open connections to a store. Whatever is asked of them ends, by an error if need be. */
export interface Connections extends Reads {
  readonly dialect: Dialect;
  /** What an operator should know about the server's settings, a sentence each. */
  readonly warnings: readonly string[];
  /** Bytes of content that one flush may hold. */
  readonly flushBytes: number;
  /** How often something was sent to the store and waited for. */
  readonly roundTrips: number;
  /** A connection for a transaction: of a lane, or of those that belong to no lane. */
  lease(lane?: number): Promise<Session>;
  /** Closes in good order, as far as the store answers. */
  close(): Promise<void>;
  /** Ends at once, as a crash would. */
  cut(): Promise<void>;
}

/** Bytes of content that one flush may hold at most. */
export const maxFlushBytes = 1024 * 1024;
