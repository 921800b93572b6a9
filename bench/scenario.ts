import type { Children } from './children';
import type { Options } from './options';
import { type Hot, Profiler } from './profiler';
import { median } from './statistics';

/** One round of one system. */
export interface Sample {
  /** Server CPU per unit of work, in µs. */
  readonly cpuUs: number;
  /** Units of work per second. */
  readonly perSecond: number;
  /** Latency in ms, where it was measured. */
  readonly p50?: number;
  readonly p99?: number;
  /** CPU of the load generator as a share of one core, where it is a process of its own. */
  readonly loadShare?: number;
}

/** What Parley's CPU per unit has to be beside a peer's: the peer's divided by ours at least, or ours divided by the peer's at most. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One system that does the work of a case. The first one of a case is Parley. */
export interface Contestant {
  readonly name: string;
  /** What Parley has to reach beside this one. */
  readonly target?: Target;
  /** One measured round. Throws when a count or an order is wrong. */
  round(seconds: number): Promise<Sample>;
  /** Where the inspector of its process listens, with `--profile`. */
  readonly inspector?: string | undefined;
}

/** A case as it was measured. */
export interface CaseResult {
  readonly name: string;
  /** What is counted: deliveries, acks. */
  readonly unit: string;
  readonly systems: readonly {
    readonly name: string;
    readonly target?: Target;
    readonly samples: readonly Sample[];
    readonly median: Sample;
  }[];
  /** Hottest functions of Parley's process, with `--profile`. */
  readonly hot?: readonly Hot[];
}

/** What a scenario works with. */
export interface Bench {
  readonly options: Options;
  readonly children: Children;
  /** Built gateway (main.js). */
  readonly gateway: string;
  /** Shows what is going on. */
  readonly progress: (text: string) => void;
  /** Keeps a profile beside the results. */
  readonly saveProfile: (name: string, profile: unknown) => void;
}

/** One file in `scenarios/`. */
export interface Scenario {
  readonly name: string;
  /** One line about what is measured. */
  readonly title: string;
  run(bench: Bench): Promise<CaseResult[]>;
}

const warmUpSeconds = 0.5;

/** Measures a case: a warm-up of each system, then rounds in turn (A B C A B C …), so that what else the machine does falls on all. */
export async function measure(bench: Bench, name: string, unit: string, contestants: readonly Contestant[]): Promise<CaseResult> {
  const { options, progress } = bench;
  const samples = new Map<string, Sample[]>(contestants.map((contestant) => [contestant.name, []]));
  for (const contestant of contestants) {
    progress(`${name}: ${contestant.name}, warming up`);
    await contestant.round(warmUpSeconds);
  }
  const ours = contestants[0];
  const profiler = options.profile && ours?.inspector !== undefined ? await Profiler.attach(ours.inspector) : undefined;
  for (let round = 1; round <= options.rounds; round++) {
    for (const contestant of contestants) {
      progress(`${name}: ${contestant.name}, round ${round} of ${options.rounds}`);
      if (contestant === ours) await profiler?.start();
      const sample = await contestant.round(options.seconds);
      if (contestant === ours) await profiler?.stop();
      samples.get(contestant.name)?.push(sample);
    }
  }
  if (profiler) bench.saveProfile(name, profiler.last);
  const systems = contestants.map((contestant) => {
    const taken = samples.get(contestant.name) ?? [];
    return { name: contestant.name, ...(contestant.target ? { target: contestant.target } : {}), samples: taken, median: medianOf(taken) };
  });
  const hot = profiler?.hottest();
  profiler?.close();
  return { name, unit, systems, ...(hot ? { hot } : {}) };
}

/** The median of each figure by itself. */
function medianOf(samples: readonly Sample[]): Sample {
  const of = (figure: keyof Sample) => samples.map((sample) => sample[figure]).filter((value) => value !== undefined);
  const figures = (['cpuUs', 'perSecond', 'p50', 'p99', 'loadShare'] as const).filter((figure) => of(figure).length > 0);
  return Object.fromEntries(figures.map((figure) => [figure, median(of(figure))])) as unknown as Sample;
}
