import type { CaseResult, Result, Sample, SurveyResult, SurveyRow, Target } from './scenario';

/** How much less CPU Parley needs than a peer, for the same work. */
const advantage = (ours: Sample, peer: Sample): number => peer.cpuUs / ours.cpuUs;

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
  const surveys = results.filter((result) => isSurvey(result));
  const cases = results.filter((result): result is CaseResult => !isSurvey(result));
  return [...(cases.length > 0 ? [caseTable(cases)] : []), ...surveys.map(surveyTable)].join('\n\n');
}

function caseTable(results: readonly CaseResult[]): string {
  const rows: string[][] = [];
  for (const { name, unit, systems } of results) {
    const ours = systems[0]?.median;
    if (rows.length > 0) rows.push([]);
    rows.push([
      name,
      `CPU µs/${unit}`,
      `${unit === 'ack' ? 'acks' : 'deliveries'}/s`,
      'p50 ms',
      'p99 ms',
      'load CPU',
      'CPU vs Parley',
      'target',
    ]);
    for (const { name: system, median, target } of systems) {
      const isPeer = ours !== undefined && median !== ours;
      rows.push([
        `  ${system}`,
        round(median.cpuUs),
        Math.round(median.perSecond).toLocaleString('en'),
        round(median.p50),
        round(median.p99),
        median.loadShare === undefined ? '' : `${Math.round(median.loadShare * 100)} %`,
        isPeer ? `${round(advantage(ours, median))}×` : '',
        isPeer && target ? verdict(target, ours, median).text : '',
      ]);
    }
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

/** How many targets are met. */
export function scoreOf(results: readonly Result[]): string {
  const verdicts = results.flatMap((result) => {
    if (isSurvey(result)) return result.rows.flatMap((row) => surveyVerdict(row, result) ?? []);
    const ours = result.systems[0]?.median;
    return result.systems.flatMap(({ target, median }) => (ours && target ? [verdict(target, ours, median)] : []));
  });
  return `${verdicts.filter(({ met }) => met).length} of ${verdicts.length} targets met`;
}

/** The hottest functions of the profiled cases. */
export function hotOf(results: readonly Result[]): string {
  const parts = results.map(({ name, hot }) =>
    hot
      ? [`\n${name}: Parley, self time`, ...hot.map(({ share, where }) => `${(share * 100).toFixed(1).padStart(6)} %  ${where}`)].join('\n')
      : '',
  );
  return parts.filter((part) => part !== '').join('\n');
}

/** Whether a result is a survey, and not a case with a ratio. */
export function isSurvey(result: Result): result is SurveyResult {
  return 'rows' in result;
}

/** The first column to the left, figures to the right, the last column to the left. */
function aligned(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === columns - 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** Three significant digits. */
function round(value: number | undefined): string {
  if (value === undefined) return '';
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(decimals);
}
