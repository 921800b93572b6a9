import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import fastifyStatic from '@fastify/static';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Bus, InProcessBus, RedisBus, redisConnector } from '@app/bus';
import type { Config } from '@app/config';
import { type Clock, type Log, Metrics, createLog, newId, redisNames, systemClock } from '@app/kit';
import { Database } from '@app/storage';
import { AppModule } from './app.module';
import { speakJson } from './http/bodies';
import { refuseBytes, refuseUrl } from './http/refusals';
import type { Head } from './hub/envelope';
import { NestLog } from './infra/nest-log';
import { Admission } from './socket/admission';
import { ParleyWsAdapter } from './socket/parley-ws.adapter';

/** Parts that tests bring along; the process makes its own. */
export interface GatewayParts {
  readonly database?: Database;
  readonly bus?: Bus<Head>;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Told once when the store has another epoch than this gateway knows: then it is to be closed and started anew. */
  readonly onEpochRenewed?: () => void;
}

/** A running gateway. */
export interface Gateway {
  readonly app: NestFastifyApplication;
  /** The port it listens at. */
  readonly port: number;
  /** Hands connections over and stops; everything that was acked is stored. */
  close(): Promise<void>;
}

/** Starts a gateway. Throws with a one-line reason when it cannot start. */
export async function startGateway(config: Config, parts: GatewayParts = {}): Promise<Gateway> {
  const clock = parts.clock ?? systemClock;
  const log = parts.log ?? createLog(config.logLevel);
  const metrics = parts.metrics ?? new Metrics();
  const database = parts.database ?? (await openDatabase(config, clock, { log, metrics }));
  for (const warning of database.warnings) log.warn(warning);
  const bus = parts.bus ?? openBus(config, database, { log, metrics });
  const adapter = new FastifyAdapter({
    bodyLimit: config.maxBodyBytes,
    // As long as the largest upload may take; other bodies have a time of their own.
    requestTimeout: config.files.uploadLifetimeSeconds * 1000,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: 'idle',
    // Node would refuse such requests in words of its own.
    http: { requireHostHeader: false, headersTimeout: 30_000 },
    frameworkErrors: refuseUrl,
    clientErrorHandler: refuseBytes,
    genReqId: () => newId(),
  });
  const { onEpochRenewed = () => undefined } = parts;
  const outside = { database, bus, clock, log, metrics, onEpochRenewed };
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, outside), adapter, {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: false,
  });
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
  if (config.allowedOrigins.length > 0) app.enableCors({ origin: [...config.allowedOrigins], credentials: true, methods });
  speakJson(adapter.getInstance());
  await app.register(cookie);
  await app.register(multipart);
  // Only to answer with files: which ones, the pages say.
  await app.register(fastifyStatic, { root: __dirname, serve: false, cacheControl: false, preCompressed: true });
  app.useWebSocketAdapter(new ParleyWsAdapter(app, app.get(Admission), metrics, config.maxFrameBytes));
  await app.init();
  // Fastify's own listen: Nest's also logs what it throws, and who starts the gateway says it once.
  await app.getHttpAdapter().getInstance().listen({ port: config.port, host: config.host });
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, close: () => app.close() };
}

function openDatabase(config: Config, clock: Clock, { log, metrics }: { log: Log; metrics: Metrics }): Promise<Database> {
  const { databaseUrl: url, databaseReplicaUrls: replicaUrls, dataDir } = config;
  return Database.open({
    url,
    replicaUrls,
    dataDir,
    clock,
    onReplicaRead: (result) => metrics.replicaReads.inc({ result }),
    onReplicaTrouble: (replica, error) => log.warn({ replica, err: error }, 'a read replica does not serve, the primary does'),
  });
}

/** The bus to the other gateways on the same store; the link may still be down. */
function openBus({ redisUrl, redisPrefix }: Config, database: Database, { log, metrics }: { log: Log; metrics: Metrics }): Bus<Head> {
  if (redisUrl === '') return new InProcessBus();
  return new RedisBus({
    connect: redisConnector(redisUrl),
    prefix: redisNames(redisPrefix, database.id).bus,
    onDropped: (reason, messages) => metrics.busDropped.inc({ reason }, messages),
    onTrouble: (error) => log.warn({ err: error }, 'the bus between gateways is in trouble'),
  });
}
