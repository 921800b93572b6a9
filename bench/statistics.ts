/** The middle value; of an even number of values, the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? NaN;
}

const bucketMs = 0.05;
const bucketCount = 200_000;

/** Latencies up to 10 s in steps of 0.05 ms; adding one costs a few nanoseconds and no memory. */
export class Latencies {
  private readonly buckets = new Uint32Array(bucketCount);
  private count = 0;
  private longest = 0;

  /** How many were added. */
  get total(): number {
    return this.count;
  }

  /** The longest in ms; 0 without any. */
  get max(): number {
    return this.longest;
  }

  add(ms: number, times = 1): void {
    const bucket = Math.min(bucketCount - 1, Math.max(0, Math.floor(ms / bucketMs)));
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + times;
    this.count += times;
    if (times > 0 && ms > this.longest) this.longest = ms;
  }

  /** The latency in ms that the given share of all stayed below. */
  quantile(share: number): number {
    let rest = Math.ceil(this.count * share);
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      rest -= this.buckets[bucket] ?? 0;
      if (rest <= 0) return Number(((bucket + 1) * bucketMs).toFixed(2));
    }
    return NaN;
  }
}
