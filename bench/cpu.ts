import { readFileSync, readdirSync } from 'node:fs';

/**
 * CPU time that a process has used so far, user and system, in µs. Counted by the kernel per thread in nanoseconds; where it does not,
 * in ticks of 10 ms. Linux only.
 */
export function cpuTimeOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => runtimeOf(`/proc/${pid}/task/${thread}/schedstat`));
  if (nanoseconds.every((value) => value !== undefined)) return nanoseconds.reduce((sum, value) => sum + value, 0) / 1_000;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold blanks; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function runtimeOf(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, 'utf8').split(' ')[0]);
    return value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What some work cost. */
export interface Spent<T> {
  readonly result: T;
  /** CPU of the server's process in µs. */
  readonly serverUs: number;
  /** CPU of the process that made the load, as a share of one core. */
  readonly loadShare: number;
}

/** Runs `work` and reads the clocks of both processes right before and after it. With one process for both, `loadPid` is left out. */
export async function spending<T>(serverPid: number, loadPid: number | undefined, work: () => Promise<T>): Promise<Spent<T>> {
  const read = () => ({ server: cpuTimeOf(serverPid), load: loadPid === undefined ? 0 : cpuTimeOf(loadPid), at: performance.now() });
  const before = read();
  const result = await work();
  const after = read();
  return { result, serverUs: after.server - before.server, loadShare: (after.load - before.load) / 1_000 / (after.at - before.at) };
}
