import type { FastifyInstance } from 'fastify';
import { ImError } from '@app/protocol';

/**
 * Takes JSON bodies and no others; an empty one counts as none, because many clients send the content type with every request.
 * Answers say what browsers must not do with them, and that what carries somebody's data is not kept.
 */
export function speakJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
  server.addHook('onRequest', async ({ headers, raw }) => {
    if (headers.host === undefined && raw.httpVersion !== '1.0') throw new ImError('BAD_REQUEST', 'the request has no Host');
  });
  server.addHook('onSend', async (request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
  });
}
