import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ImError } from '@app/protocol';
import { type RawBody, askForBody, dropRest, holdContinue } from '../raw-body';
import { refuseBytes } from './refusals';

/** Within so many milliseconds a JSON body has to be there. */
const bodyMs = 30_000;

/** Stands in for the type of bytes that no parser is to touch. */
const untouched = 'application/x-untouched';

const takenBy = ({ routeOptions }: FastifyRequest): RawBody | undefined => (routeOptions.config as { takes?: RawBody }).takes;

/**
 * Takes JSON bodies and no others; an empty one counts as none, because many clients send the content type with every request. Routes that
 * say so take forms, or bytes of any type, which are not read here.
 * Answers say what browsers must not do with them, and that what carries somebody's data is not kept.
 */
export function speakJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
  server.addContentTypeParser(untouched, (_request, _body, done) => done(null));
  holdContinue(server.server);
  server.addHook('onRequest', async (request) => {
    const { headers, raw } = request;
    if (headers.host === undefined && raw.httpVersion !== '1.0') throw new ImError('BAD_REQUEST', 'the request has no Host');
    const takes = takenBy(request);
    if (takes === 'bytes') request.headers = { 'content-type': untouched };
    if (takes !== undefined) return;
    const type = headers['content-type'] ?? '';
    if (/^\s*multipart\//i.test(type) || type === untouched) throw new ImError('BAD_REQUEST', 'expected JSON');
    hurry(request);
  });
  server.addHook('preParsing', (request, reply, payload, done) => {
    if (takenBy(request) === undefined) askForBody(request.raw, reply.raw);
    done(null, payload);
  });
  // Who was refused before the route was asked may still send a body: nobody reads it, and nobody else sees to its end.
  server.addHook('onResponse', async (request) => {
    if (takenBy(request) !== undefined) dropRest(request.raw);
  });
  server.addHook('onSend', async (request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
  });
}

/** A body that does not come holds a connection. */
function hurry({ raw }: FastifyRequest): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers;
  if (length === '0' && coding === undefined) return;
  const late = setTimeout(() => {
    if (!raw.complete) refuseBytes(new Error('a body did not come in time'), raw.socket);
  }, bodyMs).unref();
  raw.once('close', () => clearTimeout(late));
}
