import type { LadderResult } from './ladder';
import { ladderTable, ladderVerdicts } from './ladder-report';
import type { CaseResult, Result, Sample, SurveyResult, SurveyRow, Target } from './scenario';
import { aligned, plural, round, thousands } from './text';

/** How much less CPU Parley needs than a peer, for the same work. */
export const advantage = (ours: Sample, peer: Sample): number => peer.cpuUs / ours.cpuUs;

/** Whether a target is met, and if not, by how much it is missed. */
export interface Verdict {
  readonly met: boolean;
  readonly text: string;
}

/** Judges Parley beside a peer. */
export function verdict(target: Target, ours: Sample, peer: Sample): Verdict {
  const ratio = advantage(ours, peer);
  // Both kinds say the same thing, so that one is short of its goal by as much as its ratio is.
  const goal = 'atLeast' in target ? target.atLeast : 1 / target.atMost;
  const wanted = 'atLeast' in target ? `≥ ${round(target.atLeast)}×` : `≤ ${round(target.atMost)} of its CPU`;
  const met = ratio >= goal;
  return { met, text: met ? `${wanted}: met` : `${wanted}: short by ${Math.ceil((1 - ratio / goal) * 100)} %` };
}

/** Judges a line of a survey, if it has a target; a figure that was not measured misses it. */
export function surveyVerdict({ figures: [figure = ''], atMost }: SurveyRow, { systems }: SurveyResult): Verdict | undefined {
  if (atMost === undefined) return undefined;
  const value = systems[0]?.median[figure] ?? NaN;
  const met = value <= atMost;
  return { met, text: met ? `≤ ${round(atMost)}: met` : `≤ ${round(atMost)}: missed` };
}

/** The results as tables for people. */
export function tableOf(results: readonly Result[]): string {
  const cases = results.filter(isCase);
  return [
    ...(cases.length > 0 ? [caseTable(cases)] : []),
    ...results.filter(isLadder).map(ladderTable),
    ...results.filter(isSurvey).map(surveyTable),
  ].join('\n\n');
}

function caseTable(results: readonly CaseResult[]): string {
  const rows: string[][] = [];
  for (const { name, unit, systems, absent = [] } of results) {
    const ours = systems[0]?.median;
    if (rows.length > 0) rows.push([]);
    rows.push([name, `CPU µs/${unit}`, `${plural(unit)}/s`, 'p50 ms', 'p99 ms', 'load CPU', 'CPU vs Parley', 'target']);
    for (const { name: system, median, target } of systems) {
      const isPeer = ours !== undefined && median !== ours;
      rows.push([
        `  ${system}`,
        round(median.cpuUs),
        thousands(median.perSecond),
        round(median.p50),
        round(median.p99),
        median.loadShare === undefined ? '' : `${Math.round(median.loadShare * 100)} %`,
        isPeer ? `${round(advantage(ours, median))}×` : '',
        isPeer && target ? verdict(target, ours, median).text : '',
      ]);
    }
    for (const { name: system, why } of absent) rows.push([`  ${system}`, why]);
  }
  return aligned(rows);
}

/** Systems side by side; figures that are read together share a cell. */
function surveyTable(result: SurveyResult): string {
  const { name, rows, systems } = result;
  const lines = rows.map((row) => [
    `  ${row.title}`,
    ...systems.map(({ median }) => {
      const values = row.figures.map((figure) => median[figure]).filter((value) => value !== undefined);
      return values.map(round).join(' / ');
    }),
    surveyVerdict(row, result)?.text ?? '',
  ]);
  return aligned([[name, ...systems.map((system) => system.name), 'target'], ...lines]);
}

/** Every target of a result, judged. */
function verdictsOf(result: Result): Verdict[] {
  if (isSurvey(result)) return result.rows.flatMap((row) => surveyVerdict(row, result) ?? []);
  if (isLadder(result)) return ladderVerdicts(result);
  const ours = result.systems[0]?.median;
  return result.systems.flatMap(({ target, median }) => (ours && target ? [verdict(target, ours, median)] : []));
}

/** How many targets are met. */
export function scoreOf(results: readonly Result[]): string {
  const verdicts = results.flatMap(verdictsOf);
  return `${verdicts.filter(({ met }) => met).length} of ${verdicts.length} targets met`;
}

/** The hottest functions of the profiled cases. */
export function hotOf(results: readonly Result[]): string {
  const parts = results.map((result) => {
    const { name, hot } = isLadder(result) ? { name: result.name, hot: undefined } : result;
    return hot
      ? [`\n${name}: Parley, self time`, ...hot.map(({ share, where }) => `${(share * 100).toFixed(1).padStart(6)} %  ${where}`)].join('\n')
      : '';
  });
  return parts.filter((part) => part !== '').join('\n');
}

/** Whether a result is one of figures with a ratio. */
function isCase(result: Result): result is CaseResult {
  return !isSurvey(result) && !isLadder(result);
}

/** Whether a result is a survey. */
export function isSurvey(result: Result): result is SurveyResult {
  return 'rows' in result;
}

/** Whether a result is a ladder. */
export function isLadder(result: Result): result is LadderResult {
  return 'paces' in result;
}
