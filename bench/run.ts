import { cpus, loadavg, release, totalmem } from 'node:os';
import { ladderVerdicts } from './ladder-report';
import type { Options } from './options';
import { caseVerdicts, isLadder, isSurvey, surveyVerdict } from './report';
import type { Result } from './scenario';

/** A run of the benchmark: what was asked for, where it ran and what came out. */
export interface Run {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly options: Options;
  readonly machine: Machine;
  readonly results: readonly Result[];
}

/** What a reader must know of the machine to judge rates and latencies. */
export interface Machine {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly kernel: string;
  /** Load average over 1, 5 and 15 minutes, at the end of the run. */
  readonly load: readonly number[];
}

/** This machine, now. */
export function machineOf(): Machine {
  return {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    load: loadavg().map((value) => Number(value.toFixed(2))),
  };
}

/** The run as it is kept: with every round, and every target judged. */
export function recordOf(run: Run): object {
  return { ...run, results: run.results.map(judged) };
}

function judged(result: Result): object {
  if (isSurvey(result)) return { ...result, rows: result.rows.map((row) => ({ ...row, verdict: surveyVerdict(row, result) })) };
  if (isLadder(result)) return { ...result, verdicts: ladderVerdicts(result) };
  const verdicts = caseVerdicts(result);
  return { ...result, systems: result.systems.map((system, index) => ({ ...system, verdict: verdicts[index] })) };
}
