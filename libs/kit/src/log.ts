import { pino, type Logger } from 'pino';

/** The log: structured lines on standard output. Never give it a token, a password or the body of a message. */
export type Log = Logger;

/** Makes the process's log at a level of pino's. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: told },
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["sec-websocket-protocol"]'], remove: true },
  });
}

/**
 * What a log line tells of an error: what it is and where it arose. Its other properties stay out, because a failed statement carries
 * its values, and those are people's messages.
 */
function told(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, code, stack, cause } = error as Error & { code?: unknown };
  return { type: name, message, code, stack, ...(cause === undefined ? {} : { cause: told(cause) }) };
}
