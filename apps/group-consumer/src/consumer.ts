import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '@app/config';
import { type Log, Metrics } from '@app/kit';
import { ConsumerModule } from './consumer.module';

/** A running consumer. */
export interface Consumer {
  readonly app: NestFastifyApplication;
  /** The port of its health and metrics. */
  readonly port: number;
}

/** Starts the process that fans large groups out, with its health and metrics on a port of its own. */
export async function startConsumer(config: Config, log: Log, metrics = new Metrics()): Promise<Consumer> {
  const app = await NestFactory.create<NestFastifyApplication>(ConsumerModule.with(metrics), new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(config.consumerPort, config.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  log.info({ port }, 'the group consumer is up');
  return { app, port };
}
