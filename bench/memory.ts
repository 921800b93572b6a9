import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Inspector } from './inspector';

const settleMs = 200;

/**
 * Memory of a process in KB once its garbage is gone: resident and anonymous, so V8's heaps and what libraries allocated. Text and files
 * are left out, which grow by no connection, and so is what the kernel keeps for sockets. Linux only.
 */
export async function memoryOf(pid: number, inspector: Inspector): Promise<number> {
  await inspector.ask('HeapProfiler.collectGarbage');
  // What finalizers give up goes with the second one.
  await sleep(settleMs);
  await inspector.ask('HeapProfiler.collectGarbage');
  return anonymousIn(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
}

/** Reads what `/proc/<pid>/smaps_rollup` says, in KB. */
export function anonymousIn(rollup: string): number {
  const size = /^Anonymous:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (size === undefined) throw new Error('this kernel does not tell how much memory of a process is anonymous');
  return Number(size);
}

/** How many files and sockets a process has open. */
export const openFilesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** How many files and sockets a process may have open: Node raises its own limit up to this one. */
export function fileLimit(): number {
  return hardFileLimitIn(readFileSync('/proc/self/limits', 'utf8'));
}

/** Reads what `/proc/<pid>/limits` says. */
export function hardFileLimitIn(limits: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? Infinity : Number(hard);
}
