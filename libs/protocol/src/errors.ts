/** One line of the error catalogue: HTTP status of the REST twin, the default text, and the level at which the edge logs it. */
export interface ErrorEntry {
  readonly status: number;
  readonly message: string;
  readonly level: 'debug' | 'warn' | 'error';
}

/** The error catalogue: every code that a reply, a REST body or a refused upgrade may carry. */
export const errors = {
  BAD_FRAME: { status: 400, message: 'the frame is not a JSON object with an action', level: 'debug' },
  BAD_REQUEST: { status: 400, message: 'the request is not valid', level: 'debug' },
  UNKNOWN_ACTION: { status: 400, message: 'there is no such action', level: 'debug' },
  UNAUTHENTICATED: { status: 401, message: 'a valid token is required', level: 'debug' },
  FORBIDDEN: { status: 403, message: 'you may not do this', level: 'debug' },
  NOT_FRIEND: { status: 403, message: 'you are not friends', level: 'debug' },
  BLOCKED: { status: 403, message: 'this user does not take messages from you', level: 'debug' },
  NOT_GROUP_MEMBER: { status: 403, message: 'you are not a member of this group', level: 'debug' },
  MUTED: { status: 403, message: 'you are muted here', level: 'debug' },
  RECALL_EXPIRED: { status: 403, message: 'this message can no longer be recalled', level: 'debug' },
  NOT_FOUND: { status: 404, message: 'there is no such thing', level: 'debug' },
  ALREADY_EXISTS: { status: 409, message: 'this exists already', level: 'debug' },
  CONFLICT: { status: 409, message: 'the state has changed meanwhile', level: 'debug' },
  TOO_LARGE: { status: 413, message: 'this is larger than the limit', level: 'debug' },
  RATE_LIMIT: { status: 429, message: 'too many requests', level: 'debug' },
  NOT_ENABLED: { status: 501, message: 'this is not enabled here', level: 'debug' },
  UNAVAILABLE: { status: 503, message: 'not available at the moment, try again', level: 'warn' },
  INTERNAL: { status: 500, message: 'something went wrong, try again', level: 'error' },
} as const satisfies Record<string, ErrorEntry>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errors;

/** One field that a schema refused: its dotted path and what was expected. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** What an error carries beyond its code and text. */
export interface ErrorDetails {
  readonly retryAfterMs?: number;
  /** The conversation that has to wait, where it is this one only. */
  readonly convId?: string;
  readonly issues?: readonly Issue[];
  readonly errorId?: string;
}

/** The body of an error on the wire, the same in a frame's `data` and in a REST answer. */
export interface ErrorBody extends ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
}

/** An error that a client can cause and is told about. Anything else that is thrown becomes `INTERNAL` at the edge. */
export class ImError extends Error {
  override readonly name = 'ImError';

  constructor(
    readonly code: ErrorCode,
    message: string = errors[code].message,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }

  /** The body that goes over the wire. */
  toBody(): ErrorBody {
    return { code: this.code, message: this.message, ...this.details };
  }
}
