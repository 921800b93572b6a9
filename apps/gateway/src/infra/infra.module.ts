import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Passwords, Tokens } from '@app/auth';
import { type BlobStore, openBlobStore } from '@app/blobs';
import type { Bus } from '@app/bus';
import type { Config } from '@app/config';
import { Background, type Clock, type Log, Metrics, newId } from '@app/kit';
import type { Presence, Roll } from '@app/presence';
import { InProcessRateLimiter, type RateLimiter, RedisRateLimiter, limiterConnector } from '@app/rate-limit';
import {
  AudienceStore,
  BlockStore,
  ConversationListStore,
  ConversationLog,
  ConversationStore,
  Database,
  EndingStore,
  EntryStore,
  FavoriteStore,
  FileStore,
  FileSweepStore,
  FriendRequestStore,
  FriendStore,
  GroupRequestStore,
  GroupStore,
  LeaseStore,
  MemberStore,
  NoticeStore,
  OutboxStore,
  SessionStore,
  PositionStore,
  PresenceStore,
  SettingsStore,
  UserStore,
} from '@app/storage';
import type { Head } from '../hub/envelope';
import { CONFIG } from './config';
import { EpochWatch } from './epoch-watch';
import { openPresence, openRoll } from './presence';

export const BLOBS = Symbol('blobs');
export const BUS = Symbol('bus');
export const CLOCK = Symbol('clock');
export const LOG = Symbol('log');
export const RATE_LIMITER = Symbol('rate limiter');
export const PRESENCE = Symbol('presence');
export const ROLL = Symbol('roll');
/** What this process is called by those who tell it something alone. */
export const GATEWAY_ID = Symbol('gateway id');

/** The outside things of one gateway, opened before the application is built. */
export interface Outside {
  readonly database: Database;
  readonly bus: Bus<Head>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told once when the store has another epoch than this process knows. */
  readonly onEpochRenewed: () => void;
}

const stores = [
  AudienceStore,
  BlockStore,
  ConversationStore,
  EndingStore,
  EntryStore,
  FavoriteStore,
  FileStore,
  FileSweepStore,
  FriendRequestStore,
  FriendStore,
  GroupRequestStore,
  GroupStore,
  LeaseStore,
  MemberStore,
  NoticeStore,
  OutboxStore,
  SessionStore,
  ConversationListStore,
  PositionStore,
  PresenceStore,
  SettingsStore,
  UserStore,
];

/** Of `shutdownGraceMs`, what may pass until everything is closed; the hand-over of connections takes less. */
const closedBy = 0.95;

/** Closes the outside things when everything that uses them has stopped, and cuts what does not close within the grace. */
@Injectable()
class Closing implements OnModuleDestroy, OnApplicationShutdown {
  private deadline = 0;

  constructor(
    private readonly log: ConversationLog,
    private readonly database: Database,
    @Inject(BUS) private readonly bus: Bus<Head>,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    @Inject(PRESENCE) private readonly presence: Presence,
    @Inject(ROLL) private readonly roll: Roll,
    @Inject(BLOBS) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The first that is heard of a stop. */
  onModuleDestroy(): void {
    this.deadline = performance.now() + this.config.shutdownGraceMs * closedBy;
  }

  async onApplicationShutdown(): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const over = new Promise<true>((resolve) => {
      late = setTimeout(() => resolve(true), Math.max(100, this.deadline - performance.now()));
    });
    // What a store that hangs did not take was not acked.
    if (await Promise.race([this.closeAll(), over])) await this.database.cut();
    clearTimeout(late);
  }

  private async closeAll(): Promise<void> {
    await this.log.close();
    await this.bus.close();
    await this.limiter.close();
    await this.roll.close();
    await this.presence.close();
    await this.blobs.close();
    await this.database.close();
  }
}

/** Everything that features stand on: store, blobs, log, bus, buckets, presence, passwords, tokens, metrics. */
@Module({})
export class InfraModule {
  static with(outside: Outside): DynamicModule {
    const providers = [
      { provide: Database, useValue: outside.database },
      { provide: BUS, useValue: outside.bus },
      { provide: BLOBS, inject: [CONFIG], useFactory: (config: Config) => openBlobs(config, outside) },
      { provide: GATEWAY_ID, useValue: newId() },
      { provide: CLOCK, useValue: outside.clock },
      { provide: LOG, useValue: outside.log },
      { provide: Metrics, useValue: outside.metrics },
      { provide: RATE_LIMITER, inject: [CONFIG], useFactory: (config: Config) => openLimiter(config, outside) },
      {
        provide: PRESENCE,
        inject: [CONFIG, GATEWAY_ID],
        useFactory: (config: Config, gatewayId: string) => openPresence(config, outside, gatewayId),
      },
      {
        provide: ROLL,
        inject: [CONFIG, PRESENCE],
        useFactory: (config: Config, presence: Presence) => openRoll(config, outside, presence),
      },
      { provide: Passwords, useFactory: () => new Passwords() },
      {
        provide: Background,
        inject: [LOG, Metrics],
        useFactory: (log: Log, metrics: Metrics) => new Background(log, metrics.backgroundFailures),
      },
      {
        provide: EpochWatch,
        inject: [Database, Background, LOG],
        useFactory: (database: Database, background: Background, log: Log) =>
          new EpochWatch(database, background, log, outside.onEpochRenewed),
      },
      {
        provide: Tokens,
        inject: [CONFIG, CLOCK],
        useFactory: (config: Config, clock: Clock) =>
          new Tokens({
            secret: config.jwtSecret,
            previousSecrets: config.jwtPreviousSecrets,
            lifetimeSeconds: config.tokenLifetimeSeconds,
            clock,
          }),
      },
      {
        provide: ConversationLog,
        inject: [Database, CONFIG, Metrics],
        useFactory: (database: Database, config: Config, metrics: Metrics) =>
          new ConversationLog(database, { queueLimit: config.logQueueLimit, metrics }),
      },
      ...stores.map((store) => ({ provide: store, inject: [Database], useFactory: (database: Database) => new store(database) })),
    ];
    return { module: InfraModule, global: true, providers: [...providers, Closing], exports: providers.map(({ provide }) => provide) };
  }
}

/** Where the bytes of files are; a disk or a bucket that cannot serve keeps no gateway from starting. */
function openBlobs(config: Config, { log }: Outside): Promise<BlobStore> {
  return openBlobStore(config, (error) => log.warn({ err: error }, 'the storage of files cannot serve yet'));
}

/** The buckets, shared with other gateways when there is a Redis; the link to it may still be down. */
function openLimiter({ redisUrl, redisPrefix }: Config, { log, metrics }: Outside): RateLimiter {
  if (redisUrl === '') return new InProcessRateLimiter();
  return new RedisRateLimiter({
    connect: limiterConnector(redisUrl),
    prefix: `${redisPrefix}limit:`,
    onFallback: () => metrics.rateLimiterFallbacks.inc(),
    onTrouble: (error) => log.warn({ err: error }, 'Redis cannot be asked about limits, each gateway decides alone'),
  });
}
