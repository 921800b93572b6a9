import type { Goal, LadderResult, Step } from './ladder';
import type { Verdict } from './report';
import { aligned, plural, round, thousands } from './text';

/** What is said of each goal of a ladder that could be judged: a peer that is not there is passed over. */
export function ladderVerdicts(result: LadderResult): Verdict[] {
  return result.goals.flatMap((goal) => judge(goal, result) ?? []);
}

/** The most that a system delivered at a pace it holds; 0 if it holds none. */
const heldBy = (steps: readonly Step[]): number => Math.max(0, ...steps.filter((step) => step.holds).map(rateOf));

/** The first pace that a system does not hold. */
const collapseOf = (steps: readonly Step[]): Step | undefined => steps.find((step) => !step.holds);

/** A ladder as a table for people: all systems at each pace, then the goals. */
export function ladderTable(result: LadderResult): string {
  const { name, unit, paces, systems, absent } = result;
  const rows = paces.flatMap((offered) => [
    [`${name}, ${thousands(offered)}/s`, `${plural(unit)}/s`, 'p50 ms', 'p99 ms', 'server CPU', 'load CPU', ''],
    ...systems.map((system) => [`  ${system.name}`, ...cellsOf(system.steps, offered)]),
    ...absent.map(({ name: system, why }) => [`  ${system}`, why]),
    [],
  ]);
  const verdicts = ladderVerdicts(result).map(({ text }) => `  ${text}`);
  return [aligned(rows), ...verdicts].join('\n');
}

function cellsOf(steps: readonly Step[], offered: number): string[] {
  const step = steps.find((one) => one.offered === offered);
  if (!step) return ['', '', '', '', '', `collapsed at ${thousands(collapseOf(steps)?.offered ?? 0)}`];
  const { perSecond, p50, p99, serverShare, loadShare, broken } = step.middle;
  const end = step.holds ? 'holds' : `collapses${broken === undefined ? '' : `: ${broken}`}`;
  return [thousands(perSecond), round(p50), round(p99), share(serverShare), share(loadShare), end];
}

function judge(goal: Goal, { systems: [ours, ...peers] }: LadderResult): Verdict | undefined {
  const at = (steps: readonly Step[] | undefined, offered: number) => steps?.find((step) => step.offered === offered);
  switch (goal.kind) {
    case 'holds': {
      const met = at(ours?.steps, goal.offered)?.holds ?? false;
      return { met, text: `${ours?.name} holds ${thousands(goal.offered)}/s: ${met ? 'met' : 'missed'}` };
    }
    case 'sooner': {
      const peer = peers.find(({ name }) => name === goal.peer);
      if (!peer) return undefined;
      const theirs = at(peer.steps, goal.offered);
      const step = at(ours?.steps, goal.offered);
      const own = (step?.holds ? step.middle.p99 : undefined) ?? Infinity;
      const met = own < (theirs?.middle.p99 ?? Infinity);
      const beside = theirs ? `${round(own)} ms and ${round(theirs.middle.p99)} ms` : `${peer.name} does not get there`;
      return { met, text: `p99 at ${thousands(goal.offered)}/s below ${peer.name}'s (${beside}): ${met ? 'met' : 'missed'}` };
    }
    case 'further': {
      const peer = peers.find(({ name }) => name === goal.peer);
      if (!peer) return undefined;
      const collapse = collapseOf(peer.steps);
      const held = heldBy(ours?.steps ?? []);
      const wanted = `holds ≥ ${goal.atLeast}× what ${peer.name} delivers where it collapses`;
      if (!collapse) return { met: false, text: `${wanted}: missed, it does not collapse` };
      const ratio = held / rateOf(collapse);
      const met = ratio >= goal.atLeast;
      const rates = `${thousands(held)}/s and ${thousands(rateOf(collapse))}/s, ${round(ratio)}×`;
      return { met, text: `${wanted} (${rates}): ${met ? 'met' : `short by ${Math.ceil((1 - ratio / goal.atLeast) * 100)} %`}` };
    }
  }
}

const rateOf = ({ middle }: Step): number => middle.perSecond;
const share = (value: number): string => `${Math.round(value * 100)} %`;
