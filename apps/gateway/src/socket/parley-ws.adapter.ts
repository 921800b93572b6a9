import { type IncomingMessage, STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { subprotocol } from '@app/protocol';
import type { Metrics } from '@app/kit';
import type { Admission, Admitted, Refusal } from './admission';

/** A socket whose upgrade was accepted, as the gateway gets it: corked. */
type AcceptedSocket = readonly [socket: WebSocket, raw: Duplex, admitted: Admitted];

/**
 * Nest's WebSocket adapter, with our edge: whoever connects is authenticated before the upgrade is accepted and refused with an HTTP
 * answer, and messages are not bound to Nest's handlers but go to the connection's own frame loop.
 */
export class ParleyWsAdapter extends WsAdapter {
  private readonly http: Server;

  constructor(
    app: INestApplication,
    private readonly admission: Admission,
    private readonly metrics: Metrics,
    private readonly maxFrameBytes: number,
  ) {
    super(app);
    this.http = app.getHttpServer() as Server;
  }

  override create(): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // Pings are counted before they are answered, see `Connection`.
      autoPong: false,
      maxPayload: this.maxFrameBytes,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
    server.on('wsClientError', ({ message }: Error, raw: Duplex) =>
      this.refuse(raw, { status: 400, body: { code: 'BAD_REQUEST', message } }),
    );
    this.http.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => void this.upgrade(server, request, raw, head));
    return server;
  }

  /** Frames go to the connection's own loop. */
  override bindMessageHandlers(): void {
    return;
  }

  override async close(server: WebSocketServer): Promise<void> {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private async upgrade(server: WebSocketServer, request: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
    // A peer that resets its connection meanwhile must not take the process with it.
    raw.on('error', () => raw.destroy());
    const decided = await this.admission.decide(request);
    const decision = 'status' in decided ? decided : (this.admission.roomFor(decided) ?? decided);
    if ('status' in decision) return this.refuse(raw, decision);
    // The answer leaves in one write with the first word; who takes the socket in uncorks it.
    raw.cork();
    server.handleUpgrade(request, raw, head, (socket) => {
      this.metrics.connectionsTotal.inc({ result: 'accepted' });
      const accepted: AcceptedSocket = [socket, raw, decision];
      server.emit('connection', ...accepted);
    });
  }

  private refuse(raw: Duplex, refusal: Refusal): void {
    this.metrics.connectionsTotal.inc({ result: String(refusal.status) });
    answer(raw, refusal);
  }
}

/** Writes a refusal as an HTTP answer and ends the connection. */
export function answer(raw: Duplex, { status, body, retryAfterSeconds }: Refusal): void {
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ];
  // Nobody reads from this socket any more, so the peer's end would not be noticed.
  raw.once('finish', () => raw.destroy());
  raw.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
