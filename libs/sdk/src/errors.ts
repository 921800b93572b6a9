import type { ErrorBody, ErrorCode, Issue } from '@app/protocol';

/**
 * What the client itself may answer, beside the codes of the server:
 * - `DISCONNECTED`: the connection went while the answer was outstanding; what was asked may have happened or not,
 * - `QUEUE_FULL`: as many sends or calls are waiting as may wait,
 * - `CLOSED`: the client was closed, or the server sent it away for good.
 */
export type LocalErrorCode = 'DISCONNECTED' | 'QUEUE_FULL' | 'CLOSED';

/** Any code that a `ParleyError` may carry. */
export type ParleyErrorCode = ErrorCode | LocalErrorCode;

/** What an error carries beyond its code and text. */
export interface ParleyErrorDetails {
  /** When it may be tried again (ms from now). */
  readonly retryAfterMs?: number;
  /** The conversation that has to wait, where it is this one only: its group is in slow mode. */
  readonly convId?: string;
  /** The fields that were refused. */
  readonly issues?: readonly Issue[];
  /** Names the failure in the log of the server. */
  readonly errorId?: string;
}

/** Why a call or a send did not succeed: an error of the server, or one of the client's own. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  readonly code: ParleyErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly convId: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly errorId: string | undefined;

  constructor(code: ParleyErrorCode, message: string, details: ParleyErrorDetails = {}) {
    super(`${code}: ${message}`);
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.convId = details.convId;
    this.issues = details.issues;
    this.errorId = details.errorId;
  }
}

/** The error that an `error` frame tells of. */
export function errorOf(body: Partial<ErrorBody> | undefined): ParleyError {
  return new ParleyError(body?.code ?? 'INTERNAL', body?.message ?? 'the server gave no reason', body);
}

/** Whether the same request may succeed a little later. */
export function isPassing(error: unknown): error is ParleyError {
  return error instanceof ParleyError && (error.code === 'UNAVAILABLE' || error.code === 'INTERNAL' || error.code === 'RATE_LIMIT');
}

/** The code of an error; `undefined` when it is none of ours. */
export function codeOf(error: unknown): ParleyErrorCode | undefined {
  return error instanceof ParleyError ? error.code : undefined;
}
