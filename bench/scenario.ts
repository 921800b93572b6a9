import type { Children } from './children';
import type { LadderResult } from './ladder';
import type { Options } from './options';
import type { Hot } from './profiler';
import type { Services } from './services';

/** What a unit of work costs a server, and in what it is counted. */
export interface Cost {
  readonly what: string;
  readonly unit: string;
}

/** User and system time. */
export const cpu: Cost = { what: 'CPU', unit: 'µs' };
export const memory: Cost = { what: 'memory', unit: 'KB' };

/** One round of one system. */
export interface Sample {
  /** What a unit of work costs, counted as the case says. */
  readonly cost: number;
  /** The part of it that a server of the store's own has, where there is one. */
  readonly ofStore?: number;
  /** Units of work per second, where work goes on. */
  readonly perSecond?: number;
  /** Latency in ms, where it was measured. */
  readonly p50?: number;
  readonly p99?: number;
  /** CPU of the load generator as a share of one core, where it is a process of its own. */
  readonly loadShare?: number;
}

/** What Parley's cost has to be beside a peer's: the peer's divided by ours at least, or ours divided by the peer's at most. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** Any figures of a round, by name. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** One system that does the work of a case. The first one of a case is Parley. */
export interface Contestant<S = Sample> {
  readonly name: string;
  /** What Parley has to reach beside this one. */
  readonly target?: Target;
  /** Every round begins with a server of its own, so that nothing can be warmed up. */
  readonly fresh?: boolean;
  /** One measured round. Throws when a count or an order is wrong. */
  round(seconds: number): Promise<S>;
  /** Where the inspector of its process listens, with `--profile`. */
  readonly inspector?: string | undefined;
}

/** A system that cannot take part on this machine, and why. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

/** What a case is about. */
export interface Case {
  readonly name: string;
  /** What the work is counted in: deliveries, acks. */
  readonly unit: string;
  readonly cost: Cost;
  /** What Parley's cost may be at most, whatever the peers' is. */
  readonly limit?: number;
  readonly absent?: readonly Absent[];
}

/** A case as it was measured. */
export interface CaseResult extends Case {
  readonly systems: readonly {
    readonly name: string;
    readonly target?: Target;
    readonly samples: readonly Sample[];
    readonly median: Sample;
  }[];
  /** Hottest functions of Parley's process, with `--profile`. */
  readonly hot?: readonly Hot[];
}

/** A line of a survey: figures that are read together, such as p50, p99 and max. */
export interface SurveyRow {
  /** What they are, with the unit. */
  readonly title: string;
  readonly figures: readonly string[];
  /** What the first of them may be at most, in the first system. */
  readonly atMost?: number;
}

/** A case of many figures, as it was measured; the first system is the one that it is about. */
export interface SurveyResult {
  readonly name: string;
  readonly rows: readonly SurveyRow[];
  readonly systems: readonly { readonly name: string; readonly samples: readonly Figures[]; readonly median: Figures }[];
  /** Hottest functions of the first system, with `--profile`. */
  readonly hot?: readonly Hot[];
}

/** What a scenario comes to. */
export type Result = CaseResult | SurveyResult | LadderResult;

/** What a scenario works with. */
export interface Bench {
  readonly options: Options;
  readonly children: Children;
  /** Servers that scenarios share. */
  readonly services: Services;
  /** Whether servers are started with an inspector. */
  readonly inspected: boolean;
  /** Built gateway (main.js). */
  readonly gateway: string;
  /** Built group consumer (main.js), where a scenario of the run needs it. */
  readonly consumer: string;
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
  /** Whether it starts group consumers. */
  readonly consumers?: boolean;
  run(bench: Bench): Promise<Result[]>;
}
