import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisBus, redisConnector } from '@app/bus';
import { type Config, ConfigError, type SettingsHead } from '@app/config';
import { KafkaQueue, type NudgeHead } from '@app/fanout';
import { type Log, Metrics, redisNames } from '@app/kit';
import { RedisRoll } from '@app/presence';
import { RedisLink, limiterConnector } from '@app/rate-limit';
import { Database } from '@app/storage';
import { ConsumerModule } from './consumer.module';

/** A running consumer. */
export interface Consumer {
  readonly app: NestFastifyApplication;
  /** The port of its health and metrics. */
  readonly port: number;
}

/** What a consumer cannot do without: it works for several gateways. */
const needs: readonly { readonly path: string; readonly given: (config: Config) => boolean; readonly line: string }[] = [
  {
    path: 'kafkaBrokers',
    given: ({ kafkaBrokers }) => kafkaBrokers.length > 0,
    line: 'set KAFKA_BROKERS, here and at the gateways; without Kafka the gateways fan groups out by themselves',
  },
  { path: 'redisUrl', given: ({ redisUrl }) => redisUrl !== '', line: 'set REDIS_URL to the Redis of the gateways' },
  {
    path: 'databaseUrl',
    given: ({ databaseUrl }) => databaseUrl.startsWith('mysql:'),
    line: 'set DATABASE_URL to the database of the gateways, a mysql:// URL',
  },
];

/**
 * Starts a process that tells the members of groups what was said there, with its health and metrics on a port of its own. Throws a
 * `ConfigError` when something that it needs is not set, and with a one-line reason when it cannot start.
 */
export async function startConsumer(config: Config, log: Log, metrics = new Metrics()): Promise<Consumer> {
  const missing = needs.filter(({ given }) => !given(config));
  if (missing.length > 0)
    throw new ConfigError(missing.map(({ path, line }) => `config: ${path} is not set for the group consumer: ${line}`));
  const { databaseUrl: url, dataDir } = config;
  const database = await Database.open({ url, dataDir });
  for (const warning of database.warnings) log.warn(warning);
  const outside = { database, bus: openBus(config, database, log, metrics), roll: openRoll(config, database, log), log, metrics };
  const installation = redisNames(config.redisPrefix, database.id).bus;
  const queue = new KafkaQueue({ config, installation, log, metrics });
  const app = await NestFactory.create<NestFastifyApplication>(ConsumerModule.with(config, { ...outside, queue }), new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().listen({ port: config.consumerPort, host: config.host });
  const { port } = app.getHttpServer().address() as AddressInfo;
  log.info({ port }, 'the group consumer is up');
  return { app, port };
}

/** It only speaks on this bus. */
function openBus({ redisUrl, redisPrefix }: Config, database: Database, log: Log, metrics: Metrics): RedisBus<NudgeHead | SettingsHead> {
  return new RedisBus({
    connect: redisConnector(redisUrl),
    prefix: redisNames(redisPrefix, database.id).bus,
    onDropped: (reason, messages) => metrics.busDropped.inc({ reason }, messages),
    onTrouble: (error) => log.warn({ err: error }, 'the bus to the gateways is in trouble'),
  });
}

/** Who is connected, by what the gateways say. */
function openRoll({ redisUrl, redisPrefix }: Config, database: Database, log: Log): RedisRoll {
  const link = new RedisLink({
    connect: limiterConnector(redisUrl, 'parley-roll'),
    timings: { answerMs: 2_000, readyMs: 2_000, pauseMs: 1_000 },
    trouble: (error) => log.warn({ err: error }, 'Redis cannot be asked who is connected, groups wait'),
  });
  return new RedisRoll({ link, prefix: redisNames(redisPrefix, database.id).presence });
}
