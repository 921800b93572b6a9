import type { Options } from './options';

/** A scenario of a run, and how long it is expected to take. */
export interface Planned {
  readonly name: string;
  readonly seconds: number;
}

/** How long a scenario takes on a small machine with the usual rounds, in seconds. */
export interface Usual {
  readonly quick: number;
  readonly full: number;
}

/** Rounds and their length of a run that is not told otherwise. */
export const usualRounds = { quick: { rounds: 3, seconds: 0.4 }, full: { rounds: 5, seconds: 2 } };

/** How long a scenario takes with these options: as the time that is measured grows or shrinks, so does the whole. */
export function expected(usual: Usual, { quick, rounds, seconds }: Pick<Options, 'quick' | 'rounds' | 'seconds'>): number {
  const kind = quick ? 'quick' : 'full';
  return (usual[kind] * rounds * seconds) / (usualRounds[kind].rounds * usualRounds[kind].seconds);
}

/** Where a run stands: which scenario of how many, what it is at, the time gone and an estimate of what is left. */
export class Progress {
  private begun = -1;
  private begunAt: number;
  private readonly startedAt: number;

  /** `now` is in ms. */
  constructor(
    private readonly plan: readonly Planned[],
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedAt = this.begunAt = now();
  }

  /** Goes on to the next scenario of the plan. */
  next(): void {
    this.begun++;
    this.begunAt = this.now();
  }

  /** The line about what is going on. */
  line(text: string): string {
    const scenario = this.plan[this.begun];
    const where = scenario ? `[${this.begun + 1}/${this.plan.length} ${scenario.name}] ` : '';
    return `${where}${text} · ${clock((this.now() - this.startedAt) / 1000)} gone, about ${clock(this.left())} left`;
  }

  /** A machine that was slower than expected so far stays so. */
  private left(): number {
    const done = sum(this.plan.slice(0, Math.max(0, this.begun)));
    const pace = done > 0 ? (this.begunAt - this.startedAt) / 1000 / done : 1;
    const current = (this.plan[this.begun]?.seconds ?? 0) * pace - (this.now() - this.begunAt) / 1000;
    return Math.max(0, current) + sum(this.plan.slice(this.begun + 1)) * pace;
  }
}

const sum = (planned: readonly Planned[]): number => planned.reduce((total, { seconds }) => total + seconds, 0);

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
