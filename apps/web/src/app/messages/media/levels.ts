/** So many bars draw a recording. */
export const bars = 44;

/** The same levels in another number: of each part the loudest. */
export function resampled(levels: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count));
    return levels.slice(from, to).reduce((most, level) => Math.max(most, level), 0);
  });
}

/** How loud sound is in each of `count` parts of it, from 0 to 100; the loudest part is 100, unless all of it is nearly silent. */
export function levelsOf(samples: Float32Array, count: number): number[] {
  const peaks = Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor((i * samples.length) / count), Math.floor(((i + 1) * samples.length) / count)];
    let most = 0;
    for (let at = from; at < to; at++) most = Math.max(most, Math.abs(samples[at]!));
    return most;
  });
  const loudest = Math.max(0.02, ...peaks);
  return peaks.map((peak) => Math.round((100 * peak) / loudest));
}
