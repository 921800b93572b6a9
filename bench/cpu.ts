import { readFileSync, readdirSync } from 'node:fs';

/** CPU time so far in µs, user and system, by thread. */
type Clock = ReadonlyMap<string, number>;

/** What some work cost, by role. */
export interface SpentBy<T, Role extends string> {
  readonly result: T;
  /** CPU of the processes of a role in µs. */
  readonly us: Readonly<Record<Role, number>>;
  readonly seconds: number;
}

/**
 * Runs `work` and reads the clocks of all processes right before and after it. Linux only. What a thread used that began and ended
 * meanwhile is not seen.
 */
export async function spendingBy<T, Role extends string>(
  pids: Readonly<Record<Role, readonly number[]>>,
  work: () => Promise<T>,
): Promise<SpentBy<T, Role>> {
  const roles = Object.entries(pids) as [Role, readonly number[]][];
  const read = () => ({ clocks: roles.map(([, ofRole]) => clockOf(ofRole)), at: performance.now() });
  const before = read();
  const result = await work();
  const after = read();
  const us = roles.map(([role], index) => [role, between(before.clocks[index], after.clocks[index])] as const);
  return { result, us: Object.fromEntries(us) as Record<Role, number>, seconds: (after.at - before.at) / 1_000 };
}

/** What some work cost. */
export interface Spent<T> {
  readonly result: T;
  /** CPU of the server's process in µs. */
  readonly serverUs: number;
  /** CPU of the process that made the load, as a share of one core. */
  readonly loadShare: number;
  readonly seconds: number;
}

/** The same for one server and the process that makes the load. With one process for both, `loadPid` is left out. */
export async function spending<T>(serverPid: number, loadPid: number | undefined, work: () => Promise<T>): Promise<Spent<T>> {
  const { result, us, seconds } = await spendingBy({ server: [serverPid], load: loadPid === undefined ? [] : [loadPid] }, work);
  return { result, serverUs: us.server, loadShare: us.load / 1_000_000 / seconds, seconds };
}

/** A thread that has ended meanwhile takes nothing away, one that has begun counts in full. */
const between = (before: Clock = new Map(), after: Clock = new Map()): number =>
  [...after].reduce((sum, [thread, time]) => sum + time - (before.get(thread) ?? 0), 0);

/** Counted by the kernel per thread in nanoseconds; where it does not, per process in ticks of 10 ms. */
function clockOf(pids: readonly number[]): Clock {
  const times = new Map<string, number>();
  for (const pid of pids) {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`);
    const known = threads.flatMap((path) => runtimeOf(path) ?? []);
    if (known.length === 0) times.set(`${pid}`, ticksOf(pid));
    for (const { path, us } of known) times.set(path, us);
  }
  return times;
}

function runtimeOf(path: string): { readonly path: string; readonly us: number } | undefined {
  try {
    const nanoseconds = Number(readFileSync(path, 'utf8').split(' ')[0]);
    return nanoseconds > 0 ? { path, us: nanoseconds / 1_000 } : undefined;
  } catch {
    return undefined;
  }
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold blanks; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
