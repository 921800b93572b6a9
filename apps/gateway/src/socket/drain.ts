import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Config } from '@app/config';
import type { Log } from '@app/kit';
import { encodeEvent } from '@app/protocol';
import { CONFIG } from '../infra/config';
import { LOG } from '../infra/infra.module';
import { Admission } from './admission';
import type { Connection } from './connection';
import { Connections } from './connections';

/** Clients come back a little after their close, each at a time of its own. */
const reconnectSpreadMs = 1_000;

/** What an HTTP request that is in work when the last connection closes has left. */
const requestMs = 3_000;

/**
 * The hand-over when the process stops: the listener closes first, every connection is told when to come back, is served until its own
 * close, and gets the replies to what it sent. HTTP connections that are kept for a next request serve it as their last one, until the
 * window is over: a proxy does not write a request twice that may have been carried out.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly admission: Admission,
    private readonly connections: Connections,
    private readonly host: HttpAdapterHost,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    const connections = [...this.connections];
    const { drainMs, shutdownGraceMs } = this.config;
    const server = this.host.httpAdapter.getHttpServer() as Server;
    this.admission.draining = true;
    server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => response.setHeader('connection', 'close'));
    // The close of an HTTP server would cut connections that wait for a request, while a proxy writes one to them.
    Listener.prototype.close.call(server);
    // A peer that connected and asks nothing must not hold the end back.
    const windowMs = Math.min(drainMs, shutdownGraceMs * 0.6);
    setTimeout(() => server.closeAllConnections(), Math.min(windowMs + requestMs, shutdownGraceMs * 0.9)).unref();
    const windowOver = new Promise((resolve) => setTimeout(resolve, windowMs).unref());
    this.log.info({ connections: connections.length }, 'stopping');
    await within(
      shutdownGraceMs * 0.8,
      connections.map((connection, i) => this.handOver(connection, (windowMs * (i + 1)) / connections.length)),
    );
    for (const connection of this.connections) connection.close('RESTART');
    await within(
      shutdownGraceMs * 0.1,
      [...this.connections].map(({ closed }) => closed),
    );
    for (const connection of this.connections) connection.cut();
    if ((await connectionsOf(server)) > 0) await windowOver;
  }

  private async handOver(connection: Connection, afterMs: number): Promise<void> {
    const reconnectInMs = Math.round(afterMs + Math.random() * reconnectSpreadMs);
    connection.write(encodeEvent('closing', { reconnectInMs, reason: 'restart' }));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    connection.pause();
    await connection.frames.idle();
    connection.close('RESTART');
    await connection.closed;
  }
}

/** How many connections are open, those of WebSockets included. */
function connectionsOf(server: Listener): Promise<number> {
  return new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
}

/** Resolves when all have, or when the time is over. */
async function within(ms: number, promises: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.all(promises), over]);
  clearTimeout(timer);
}
