import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * All metrics of one process, prefix `parley_`. Label values come from our own catalogue, never from a client's string.
 * Each gateway has a registry of its own, so that several can live in one process.
 */
export class Metrics {
  readonly registry = new Registry();

  readonly connections = this.gauge('connections', 'Open WebSocket connections');
  readonly connectionsTotal = this.counter('connections_total', 'Upgrade requests by how they ended', ['result']);
  readonly frames = this.counter('frames_total', 'Frames from clients', ['action']);
  readonly frameErrors = this.counter('frame_errors_total', 'Frames answered with an error', ['action', 'code']);
  readonly sends = this.counter('sends_total', 'Messages stored', ['type']);
  readonly sendSeconds = this.histogram('send_seconds', 'From the frame of a send to its ack', seconds);
  readonly flushSeconds = this.histogram('log_flush_seconds', 'One flush of the conversation log', seconds);
  readonly replicaReads = this.counter('replica_reads_total', 'Pages of history asked of read replicas, by how that ended', ['result']);
  readonly flushEntries = this.histogram('log_flush_entries', 'Entries in one flush', [1, 2, 5, 10, 25, 50, 100, 250, 500]);
  readonly deliveries = this.counter('deliveries_total', 'Entries written to sockets', []);
  readonly deliverySeconds = this.histogram('delivery_seconds', 'From commit to socket write', seconds);
  readonly hubGaps = this.counter('hub_gaps_total', 'Holes seen by the hub', ['repaired'], [{ repaired: 'yes' }, { repaired: 'no' }]);
  readonly busUp = this.gauge('bus_up', 'Whether the bus between gateways is connected');
  readonly busDropped = this.counter('bus_dropped_total', 'Messages that the bus did not bring', ['reason']);
  readonly settingsMismatch = this.gauge(
    'settings_mismatch',
    'Whether another instance has a different value of a key that must be equal everywhere',
    ['key'],
  );
  readonly rateLimited = this.counter('rate_limited_total', 'Requests refused by a bucket, or by the slow mode of a group', ['limit']);
  readonly rateLimiterFallbacks = this.counter('rate_limiter_fallbacks_total', 'Decisions of buckets made without the other gateways', []);
  readonly outboxPending = this.gauge('outbox_pending', 'Groups in which something was said that is not handed to the fan-out yet');
  readonly outboxOldest = this.gauge(
    'outbox_oldest_seconds',
    'How long the longest of these groups has waited; some seconds at most while all is well',
  );
  readonly fanoutJobs = this.counter('fanout_jobs_total', 'Jobs of the fan-out by how they ended', ['result'], [{ result: 'dead' }]);
  readonly fanoutMembers = this.counter('fanout_members_total', 'Users looked up by the fan-out', []);
  readonly fanoutNudges = this.counter(
    'fanout_nudges_total',
    'Users whom the fan-out had told that something was said in a group; their gateway leaves out who hears it anyway',
    [],
  );
  readonly fanoutLag = this.gauge('fanout_lag', 'Jobs in the queue of the fan-out that are not done yet, where this process takes them');
  readonly slowConsumers = this.counter('slow_consumers_total', 'Connections closed because they read too slowly', []);
  readonly filesSwept = this.counter(
    'files_swept_total',
    'Files that were deleted because nothing needed them any more',
    ['reason'],
    [{ reason: 'unfinished' }, { reason: 'unused' }, { reason: 'ended' }],
  );
  readonly filesLeft = this.gauge('files_undeleted', 'Deleted files whose bytes the storage would not let go when it was asked last');
  readonly backgroundFailures = this.counter('background_failures_total', 'Background tasks that failed', ['name']);

  constructor({ defaults = true } = {}) {
    // The default of 10 ms wakes an idle process a hundred times a second.
    if (defaults) collectDefaultMetrics({ register: this.registry, prefix: 'parley_', eventLoopMonitoringPrecision: 100 });
  }

  /**
   * Those of `fromZero` are there before anything is counted. Prometheus takes a counter that appears with 1 for one that has always been
   * at 1: where a single event is an alarm, the first one would raise none.
   */
  private counter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    fromZero: readonly Record<L, string>[] = [],
  ): Counter<L> {
    const counter = new Counter({ name: `parley_${name}`, help, labelNames, registers: [this.registry] });
    for (const labels of fromZero) counter.inc(labels, 0);
    return counter;
  }

  private gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name: `parley_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `parley_${name}`, help, buckets, registers: [this.registry] });
  }
}
