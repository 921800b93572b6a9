import { closeCodes, mayReconnect } from './close-codes';
import { errors, ImError } from './errors';

describe('the error catalogue', () => {
  it('gives every code its HTTP status', () => {
    expect(Object.fromEntries(Object.entries(errors).map(([code, { status }]) => [code, status]))).toEqual({
      BAD_FRAME: 400,
      BAD_REQUEST: 400,
      UNKNOWN_ACTION: 400,
      UNAUTHENTICATED: 401,
      FORBIDDEN: 403,
      NOT_FRIEND: 403,
      BLOCKED: 403,
      NOT_GROUP_MEMBER: 403,
      MUTED: 403,
      RECALL_EXPIRED: 403,
      NOT_FOUND: 404,
      ALREADY_EXISTS: 409,
      CONFLICT: 409,
      TOO_LARGE: 413,
      RATE_LIMIT: 429,
      NOT_ENABLED: 501,
      UNAVAILABLE: 503,
      INTERNAL: 500,
    });
  });

  it('logs at debug what a client causes, and louder only what the server does', () => {
    for (const { status, level } of Object.values(errors)) expect(level === 'debug').toBe(status < 500 || status === 501);
  });
});

describe('an error', () => {
  it('carries its code, the text of the catalogue, and details', () => {
    expect(new ImError('RATE_LIMIT', undefined, { retryAfterMs: 50 }).toBody()).toEqual({
      code: 'RATE_LIMIT',
      message: 'too many requests',
      retryAfterMs: 50,
    });
  });

  it('may say it in other words', () => {
    expect(new ImError('NOT_FOUND', 'there is no such user').toBody()).toEqual({ code: 'NOT_FOUND', message: 'there is no such user' });
  });
});

describe('a close code', () => {
  it('below 4500 asks the client to come back, and from there on not to', () => {
    const back = Object.entries(closeCodes).filter(([, code]) => mayReconnect(code));
    expect(back.map(([name]) => name)).toEqual(['GOING_AWAY', 'TOO_BIG', 'RESTART', 'SLOW_CONSUMER', 'NO_PONG', 'TOO_MANY_FRAMES']);
  });
});
