import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ImError, errors } from '@app/protocol';
import { answer } from '../socket/parley-ws.adapter';
import { codesOfStatus } from './error.filter';

/** Answers a request whose URL the HTTP server refuses before any route is asked, in the catalogue's words. */
export function refuseUrl({ statusCode = 400 }: { statusCode?: number }, _: FastifyRequest, reply: FastifyReply): void {
  const told = new ImError(codesOfStatus[statusCode] ?? 'BAD_REQUEST');
  void reply.status(errors[told.code].status).send(told.toBody());
}

/** Answers bytes that are no HTTP, or headers that are too large, and ends the connection. */
export function refuseBytes({ code }: NodeJS.ErrnoException, raw: Socket): void {
  if (code === 'ECONNRESET' || !raw.writable) return void raw.destroy();
  const told = new ImError(code === 'HPE_HEADER_OVERFLOW' ? 'TOO_LARGE' : 'BAD_REQUEST');
  answer(raw, { status: errors[told.code].status, body: told.toBody() });
}
