import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BlobUnavailable } from '@app/blobs';
import { type Log, Recurring, newId } from '@app/kit';
import { type ErrorCode, ImError, errors } from '@app/protocol';
import { LOG } from '../infra/infra.module';

/** What the HTTP server itself refuses, in words of the catalogue. */
export const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'NOT_FOUND',
  413: 'TOO_LARGE',
  414: 'TOO_LARGE',
  // A precondition, or a range of a file, that does not fit.
  412: 'BAD_REQUEST',
  415: 'BAD_REQUEST',
  416: 'BAD_REQUEST',
  429: 'RATE_LIMIT',
  431: 'TOO_LARGE',
  503: 'UNAVAILABLE',
};

/** Answers every error of a request in the catalogue's words: `{code, message, …}` with the status of the code. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly unavailable: Recurring<unknown>;

  constructor(@Inject(LOG) private readonly log: Log) {
    this.unavailable = new Recurring((err, times) => log.warn({ err, code: 'UNAVAILABLE', times }, 'requests were refused'));
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // Where something should have been that is kept for long, its absence is not: another gateway may have it.
    void reply.header('cache-control', 'no-store');
    const health = healthOf(error);
    if (health) return void reply.status(503).send(health);
    const told = this.told(error);
    const { status, level } = errors[told.code];
    if (told.code === 'UNAVAILABLE') this.unavailable.happened(told.cause);
    else if (told.code !== 'INTERNAL') this.log[level]({ code: told.code, err: told.cause }, 'a request was refused');
    const { retryAfterMs } = told.details;
    if (retryAfterMs !== undefined || status === 503)
      void reply.header('retry-after', Math.max(1, Math.ceil((retryAfterMs ?? 1000) / 1000)));
    void reply.status(status).send(told.toBody());
  }

  private told(error: unknown): ImError {
    if (error instanceof ImError) return error;
    if (error instanceof BlobUnavailable) return unavailable(error);
    const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
    const code = typeof status === 'number' ? codesOfStatus[status] : undefined;
    if (code === 'NOT_FOUND') return new ImError('NOT_FOUND', 'there is no such route');
    if (code) return new ImError(code);
    const errorId = newId();
    this.log.error({ errorId, err: error }, 'a request failed');
    return new ImError('INTERNAL', undefined, { errorId });
  }
}

/** The disk is full, or the storage of files cannot be reached. */
function unavailable(cause: BlobUnavailable): ImError {
  const error = new ImError('UNAVAILABLE', 'files cannot be stored or read at the moment, try again');
  error.cause = cause;
  return error;
}

/** The body of a failed health check, which monitors read as it is. */
function healthOf(error: unknown): object | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const body = error.getResponse();
  return typeof body === 'object' && 'details' in body ? body : undefined;
}
