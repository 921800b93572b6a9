import type { Absent, Bench } from './scenario';
import { median } from './statistics';

/** One round at one pace. */
export interface Rung {
  /** Deliveries per second that were asked for, and that came. */
  readonly offered: number;
  readonly perSecond: number;
  /** In ms, what never came included; not there when it broke before anything was measured. */
  readonly p50?: number;
  readonly p99?: number;
  /** CPU of the server and of the load generator as shares of one core. */
  readonly serverShare: number;
  readonly loadShare: number;
  /** Why nothing more can be asked of this server and its clients, if so. */
  readonly broken?: string;
}

/** A system on the ladder. The first one is Parley. */
export interface Climber {
  readonly name: string;
  /** One measured round. Throws when an order is wrong. */
  step(offered: number, seconds: number): Promise<Rung>;
  /** A fresh server with fresh clients. */
  renew(): Promise<void>;
}

/** What one system came to at one pace. */
export interface Step {
  readonly offered: number;
  readonly holds: boolean;
  readonly rounds: readonly Rung[];
  /** Its round in the middle, by deliveries per second. */
  readonly middle: Rung;
}

/** What Parley has to reach on the ladder. */
export type Goal =
  | { readonly kind: 'holds'; readonly offered: number }
  /** At that pace, its p99 is below the peer's. */
  | { readonly kind: 'sooner'; readonly offered: number; readonly peer: string }
  /** The most that it holds is so many times what the peer delivers where it collapses. */
  | { readonly kind: 'further'; readonly peer: string; readonly atLeast: number };

/** What became of a ladder: paces that rise, up to the one at which a system collapses. */
export interface LadderResult {
  readonly name: string;
  readonly unit: string;
  readonly paces: readonly number[];
  readonly goals: readonly Goal[];
  readonly systems: readonly { readonly name: string; readonly steps: readonly Step[] }[];
  readonly absent: readonly Absent[];
}

/** Less of what is offered, or a longer p99, is a collapse. */
export const holding = { share: 0.95, p99Ms: 1_000 };

/** Whether a server keeps pace: it delivers as much as is offered, soon, and all of it. */
export function holds({ offered, perSecond, p99, broken }: Rung): boolean {
  return broken === undefined && perSecond >= offered * holding.share && (p99 ?? Infinity) < holding.p99Ms;
}

/** How a ladder is climbed. */
export interface Climb extends Pick<LadderResult, 'name' | 'unit' | 'paces' | 'goals' | 'absent'> {
  readonly rounds: number;
  readonly seconds: number;
}

/**
 * Lets all climb, in turn at each pace (A B C A B C …). Most rounds decide whether a system holds it; one that does not is not tried at
 * higher ones.
 */
export async function climb(
  { progress }: Pick<Bench, 'progress'>,
  { rounds, seconds, ...ladder }: Climb,
  climbers: readonly Climber[],
): Promise<LadderResult> {
  const systems = climbers.map((climber) => ({ climber, steps: [] as Step[], fresh: true }));
  for (const offered of ladder.paces) {
    const climbing = systems.filter(({ steps }) => steps.every((step) => step.holds));
    const taken = climbing.map((system) => ({ system, rungs: [] as Rung[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const { system, rungs } of taken) {
        const { name } = system.climber;
        progress(`${ladder.name}, ${offered.toLocaleString('en')}/s: ${name}, round ${round} of ${rounds}`);
        if (!system.fresh) await system.climber.renew();
        const rung = await system.climber.step(offered, seconds).catch((error: unknown) => {
          throw new Error(`${ladder.name}: ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
        system.fresh = holds(rung);
        rungs.push(rung);
      }
    }
    for (const { system, rungs } of taken) system.steps.push(stepOf(offered, rungs));
  }
  return { ...ladder, systems: systems.map(({ climber, steps }) => ({ name: climber.name, steps })) };
}

function stepOf(offered: number, rounds: readonly Rung[]): Step {
  const rate = median(rounds.map(({ perSecond }) => perSecond));
  const middle = rounds.find(({ perSecond }) => perSecond === rate) as Rung;
  return { offered, rounds, middle, holds: rounds.filter(holds).length * 2 > rounds.length };
}
