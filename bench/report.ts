import type { LadderResult } from './ladder';
import { ladderTable, ladderVerdicts } from './ladder-report';
import type { CaseResult, Result, Sample, SurveyResult, SurveyRow, Target } from './scenario';
import { aligned, plural, round, thousands } from './text';

/** How many times Parley's cost a peer needs for the same work. */
export const advantage = (ours: Sample, peer: Sample): number => peer.cost / ours.cost;

/** Whether a target is met, and if not, by how much it is missed. */
export interface Verdict {
  readonly met: boolean;
  readonly text: string;
}

/** Judges Parley beside a peer. */
function verdict(target: Target, ours: Sample, peer: Sample): Verdict {
  const ratio = advantage(ours, peer);
  // Both kinds say the same thing, so that one is short of its goal by as much as its ratio is.
  const goal = 'atLeast' in target ? target.atLeast : 1 / target.atMost;
  const wanted = 'atLeast' in target ? `≥ ${round(target.atLeast)}×` : `≤ ${round(target.atMost)} of what it needs`;
  return judged(wanted, ratio / goal);
}

/** Judges each system of a case: Parley by the limit, a peer by what Parley has to be beside it. */
export function caseVerdicts({ systems, limit, cost }: CaseResult): readonly (Verdict | undefined)[] {
  const ours = systems[0]?.median;
  return systems.map(({ target, median }) => {
    if (ours === undefined) return undefined;
    if (median === ours) return limit === undefined ? undefined : judged(`≤ ${round(limit)} ${cost.unit}`, limit / ours.cost);
    return target && verdict(target, ours, median);
  });
}

/** `reached` is the share of the goal, 1 and more when it is met. */
function judged(wanted: string, reached: number): Verdict {
  const met = reached >= 1;
  return { met, text: met ? `${wanted}: met` : `${wanted}: short by ${Math.ceil((1 - reached) * 100)} %` };
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

/** Figures of a system beside what it costs, by their titles; `unit` is what the work is counted in. */
export const columns: readonly { readonly title: (unit: string) => string; readonly cell: (sample: Sample) => string }[] = [
  { title: () => 'of it, store', cell: ({ ofStore }) => round(ofStore) },
  { title: (unit) => `${plural(unit)}/s`, cell: ({ perSecond }) => (perSecond === undefined ? '' : thousands(perSecond)) },
  { title: () => 'p50 ms', cell: ({ p50 }) => round(p50) },
  { title: () => 'p99 ms', cell: ({ p99 }) => round(p99) },
  { title: () => 'load CPU', cell: ({ loadShare }) => (loadShare === undefined ? '' : `${Math.round(loadShare * 100)} %`) },
];

function caseTable(results: readonly CaseResult[]): string {
  const has = (result: CaseResult, { cell }: (typeof columns)[number]) => result.systems.some(({ median }) => cell(median) !== '');
  // A column stands for the same in all cases; one that no case fills is left out.
  const shown = columns.filter((column) => results.some((result) => has(result, column)));
  const rows: string[][] = [];
  for (const result of results) {
    const { name, unit, cost, systems, absent = [] } = result;
    const ours = systems[0]?.median;
    const verdicts = caseVerdicts(result);
    if (rows.length > 0) rows.push([]);
    const titles = shown.map((column) => (has(result, column) ? column.title(unit) : ''));
    rows.push([name, `${cost.what} ${cost.unit}/${unit}`, ...titles, 'vs Parley', 'target']);
    systems.forEach(({ name: system, median }, index) => {
      rows.push([
        `  ${system}`,
        round(median.cost),
        ...shown.map(({ cell }) => cell(median)),
        ours && index > 0 ? `${round(advantage(ours, median))}×` : '',
        verdicts[index]?.text ?? '',
      ]);
    });
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
  return caseVerdicts(result).filter((one) => one !== undefined);
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
      ? [
          `\n${name}: Parley by function, callees left out`,
          ...hot.map(({ share, where }) => `${(share * 100).toFixed(1).padStart(6)} %  ${where}`),
        ].join('\n')
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
