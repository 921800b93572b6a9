import { parseArgs } from 'node:util';
import { usualRounds } from './progress';

/** How a run of the benchmark was asked for. */
export interface Options {
  /** One size, fewer and shorter rounds: a first look in about two minutes. */
  readonly quick: boolean;
  /** Names of the scenarios to run; empty means all. */
  readonly only: readonly string[];
  /** Measured rounds per case; the median counts. */
  readonly rounds: number;
  /** Length of a measured round. */
  readonly seconds: number;
  /** Subscribers in the fan-out. */
  readonly subscribers: readonly number[];
  /** Profile Parley's process during its rounds; figures are then higher than without. */
  readonly profile: boolean;
  /** A gateway that is built already, instead of building this tree. */
  readonly gateway: string | undefined;
}

/** What `--help` says. */
export const usage = `npm run bench -- [options] [scenario ...]
  --quick             few short rounds, up to 1,000 subscribers, in about two minutes (else a quarter of an hour)
  --only <scenario>   run only this one; may be repeated, and --only left out
  --rounds <n>        measured rounds per case, median counts (5, quick 3)
  --seconds <s>       length of a measured round (2, quick 0.4)
  --subscribers <n>   subscribers in the fan-out; may be repeated (100, 1000, 5000, quick 1000)
  --profile           profile Parley during its rounds and print the hottest functions
  --gateway <file>    measure this built gateway (its main.js) instead of building

Only on Linux. Results go to bench/results. MariaDB and Redis are started for the run, and installed where that is possible.`;

/** Reads the command line. Throws an `Error` with one line for what it does not understand; `undefined` means help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      subscribers: { type: 'string', multiple: true },
      profile: { type: 'boolean', default: false },
      gateway: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, profile, gateway } = values;
  const only = [...values.only, ...positionals];
  const usual = usualRounds[quick ? 'quick' : 'full'];
  return {
    quick,
    only,
    profile,
    gateway,
    rounds: values.rounds === undefined ? usual.rounds : positive('rounds', values.rounds),
    seconds: values.seconds === undefined ? usual.seconds : positive('seconds', values.seconds),
    subscribers: values.subscribers?.map((text) => positive('subscribers', text)) ?? (quick ? [1_000] : [100, 1_000, 5_000]),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} must be a number above 0, not ${text}`);
}
