import type { Sample } from './prometheus';

/** What a scrape says, as far as it is drawn. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly connections: number;
  readonly sends: number;
  readonly deliveries: number;
  readonly gapsRepaired: number;
  readonly gapsLeft: number;
  readonly frames: number;
  readonly frameErrors: number;
  readonly memory: number;
  /** How many sends took at most so many seconds, by the limit: cumulative, as Prometheus counts. */
  readonly sendBuckets: readonly (readonly [limit: number, count: number])[];
}

/** What happened between two scrapes. Rates are per second, times in milliseconds, memory in bytes; null where there is nothing to tell. */
export interface Point {
  readonly at: number;
  readonly connections: number;
  readonly sends: number | null;
  readonly deliveries: number | null;
  readonly gapsRepaired: number | null;
  readonly gapsLeft: number | null;
  readonly frames: number | null;
  readonly frameErrors: number | null;
  readonly memory: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** What the samples of a scrape say. */
export function readingOf(samples: readonly Sample[], at: number): Reading {
  const named = (name: string) => samples.filter((sample) => sample.name === `parley_${name}`);
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    named(name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((total, { value }) => total + value, 0);
  return {
    at,
    connections: sum('connections'),
    sends: sum('sends_total'),
    deliveries: sum('deliveries_total'),
    gapsRepaired: sum('hub_gaps_total', { repaired: 'yes' }),
    gapsLeft: sum('hub_gaps_total', { repaired: 'no' }),
    frames: sum('frames_total'),
    frameErrors: sum('frame_errors_total'),
    memory: sum('process_resident_memory_bytes'),
    sendBuckets: named('send_seconds_bucket')
      .map(({ labels, value }) => [labels.le === '+Inf' ? Infinity : Number(labels.le), value] as const)
      .sort(([a], [b]) => a - b),
  };
}

const counters = ['sends', 'deliveries', 'gapsRepaired', 'gapsLeft', 'frames', 'frameErrors'] as const;

/** What happened since the reading before; without one, only what stands for itself is known. */
export function pointOf(now: Reading, before: Reading | undefined): Point {
  const { at, connections, memory } = now;
  const seconds = before ? (at - before.at) / 1_000 : 0;
  const rates = Object.fromEntries(
    counters.map((name) => [name, before && seconds > 0 ? increase(now[name], before[name]) / seconds : null]),
  ) as Record<(typeof counters)[number], number | null>;
  const between = before ? bucketsBetween(now, before) : [];
  const time = (share: number) => {
    const found = quantile(between, share);
    return found === null ? null : found * 1_000;
  };
  return { at, connections, memory, ...rates, p50: time(0.5), p99: time(0.99) };
}

/**
 * The value below which a share of the observations lies, as Prometheus finds it: on a straight line within its bucket. In the last bucket,
 * which has no end, it is where that begins; null without observations.
 */
export function quantile(buckets: Reading['sendBuckets'], share: number): number | null {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const rank = total * share;
  const index = buckets.findIndex(([, count]) => count >= rank);
  const [limit, count] = buckets[index]!;
  const [from, below] = buckets[index - 1] ?? [0, 0];
  if (limit === Infinity) return from;
  return count === below ? limit : from + ((limit - from) * (rank - below)) / (count - below);
}

/** What was counted in between. A counter that is smaller than before began anew, with its process. */
const increase = (now: number, before: number): number => (now >= before ? now - before : now);

function bucketsBetween({ sendBuckets: now }: Reading, { sendBuckets: before }: Reading): Reading['sendBuckets'] {
  const counted = new Map(before);
  const hasRestarted = now.some(([limit, count]) => count < (counted.get(limit) ?? 0));
  return now.map(([limit, count]) => [limit, hasRestarted ? count : count - (counted.get(limit) ?? 0)] as const);
}
