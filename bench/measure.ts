import { type Hot, Profiler } from './profiler';
import type { Bench, Case, CaseResult, Contestant, Figures, Sample, SurveyResult, SurveyRow } from './scenario';
import { median } from './statistics';

const warmUpSeconds = { quick: 0.3, full: 0.5 };

/** Measures a case: what a unit of work costs Parley and its peers. */
export async function measure(bench: Bench, about: Case, contestants: readonly Contestant[]): Promise<CaseResult> {
  const { taken, hot } = await takeTurns(bench, about.name, contestants);
  const systems = taken.map(({ contestant, samples }) => ({
    name: contestant.name,
    ...(contestant.target ? { target: contestant.target } : {}),
    samples,
    median: mediansOf(samples) as unknown as Sample,
  }));
  return { ...about, systems, ...(hot ? { hot } : {}) };
}

/** Measures what cannot be told by one ratio: many figures of a few systems. */
export async function survey(
  bench: Bench,
  name: string,
  rows: readonly SurveyRow[],
  contestants: readonly Contestant<Figures>[],
): Promise<SurveyResult> {
  const { taken, hot } = await takeTurns(bench, name, contestants);
  const systems = taken.map(({ contestant, samples }) => ({ name: contestant.name, samples, median: mediansOf(samples) }));
  return { name, rows, systems, ...(hot ? { hot } : {}) };
}

interface Turns<S> {
  readonly taken: readonly { readonly contestant: Contestant<S>; readonly samples: readonly S[] }[];
  /** Of the first contestant. */
  readonly hot?: readonly Hot[];
}

/** A warm-up of each system, then rounds in turn (A B C A B C …), so that what else the machine does falls on all. */
async function takeTurns<S>(bench: Bench, name: string, contestants: readonly Contestant<S>[]): Promise<Turns<S>> {
  const { options, progress } = bench;
  const taken = contestants.map((contestant) => ({ contestant, samples: [] as S[] }));
  const roundOf = (contestant: Contestant<S>, what: string, seconds: number): Promise<S> => {
    progress(`${name}: ${contestant.name}, ${what}`);
    return contestant.round(seconds).catch((error: unknown) => {
      throw new Error(`${name}: ${contestant.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  };
  const warmUp = warmUpSeconds[options.quick ? 'quick' : 'full'];
  for (const contestant of contestants) if (!contestant.fresh) await roundOf(contestant, 'warming up', warmUp);
  const ours = contestants[0];
  const profiler = options.profile && ours?.inspector !== undefined ? await Profiler.attach(ours.inspector) : undefined;
  for (let round = 1; round <= options.rounds; round++) {
    for (const { contestant, samples } of taken) {
      if (contestant === ours) await profiler?.start();
      const sample = await roundOf(contestant, `round ${round} of ${options.rounds}`, options.seconds);
      if (contestant === ours) await profiler?.stop();
      samples.push(sample);
    }
  }
  if (profiler) bench.saveProfile(name, profiler.last);
  const hot = profiler?.hottest();
  profiler?.close();
  return { taken, ...(hot ? { hot } : {}) };
}

/** The median of each figure by itself; what no round has is left out. */
function mediansOf(samples: readonly object[]): Figures {
  const rounds = samples as readonly Figures[];
  const names = new Set(rounds.flatMap((round) => Object.keys(round)));
  const medians = [...names].map((name) => [name, rounds.map((round) => round[name]).filter((value) => value !== undefined)] as const);
  return Object.fromEntries(medians.filter(([, values]) => values.length > 0).map(([name, values]) => [name, median(values)]));
}
