import { type Bar, barChart, escaped, lineChart } from './charts';
import { type LadderResult, holding } from './ladder';
import { ladderVerdicts } from './ladder-report';
import { css } from './page-style';
import { type Verdict, advantage, caseVerdicts, columns, isLadder, isSurvey, scoreOf, surveyVerdict } from './report';
import type { Run } from './run';
import type { CaseResult, Result, SurveyResult, Target } from './scenario';
import { plural, round, thousands } from './text';

/** A run as one HTML file that needs nothing else: charts, figures, targets, and the machine. */
export function pageOf(run: Run): string {
  const { startedAt, results } = run;
  const at = startedAt.toISOString().replace('T', ' ').slice(0, 16);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley benchmark, ${at}</title>
<style>${css}</style>
</head>
<body>
<main>
<h1>Parley benchmark</h1>
<p class="lead">${at} UTC · <strong>${escaped(scoreOf(results))}</strong></p>
${factsOf(run)}
<p>What counts is the ratio to a peer measured in the same run. Rates and latencies depend on what else the machine does. A dot is a round, a bar
their median; an upright mark says how far a peer's bar has to reach, and how far Parley's may.</p>
${results.map(sectionOf).join('\n')}
</main>
</body>
</html>
`;
}

function factsOf({ seconds, options, machine }: Run): string {
  const { node, cores, cpu, memoryGb, kernel, load } = machine;
  const facts: readonly (readonly [string, string])[] = [
    ['Processor', `${cpu}, ${cores} cores`],
    ['Memory', `${memoryGb} GB`],
    ['Kernel', kernel],
    ['Node', node],
    ['Load average at the end', load.join(' ')],
    ['Rounds', `${options.rounds} of ${options.seconds} s${options.quick ? ', quick' : ''}${options.profile ? ', profiled' : ''}`],
    ['Took', `${Math.floor(seconds / 60)} min ${seconds % 60} s`],
  ];
  return `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;
}

function sectionOf(result: Result): string {
  const content = isSurvey(result) ? surveyOf(result) : isLadder(result) ? ladderOf(result) : caseOf(result);
  return `<section>\n<h2>${escaped(result.name)}</h2>\n${content}\n</section>`;
}

/** What Parley's figure has to be multiplied by to say how far a peer's bar must reach. */
const factorOf = (target: Target): number => ('atLeast' in target ? target.atLeast : 1 / target.atMost);

function caseOf(result: CaseResult): string {
  const { unit, cost, limit, systems, absent = [] } = result;
  const ours = systems[0]?.median;
  const axis = `${cost.what} ${cost.unit} per ${unit}`;
  const verdicts = caseVerdicts(result);
  const bars = systems.map(({ name, median, samples, target }, index): Bar => {
    const ratio = ours && index > 0 ? ` · ${round(advantage(ours, median))}× Parley's` : '';
    const at = index === 0 ? limit : ours && target && ours.cost * factorOf(target);
    return {
      name,
      value: median.cost,
      rounds: samples.map((sample) => sample.cost),
      note: `${round(median.cost)}${ratio}`,
      ours: index === 0,
      ...(at === undefined ? {} : { goal: { at, met: verdicts[index]?.met ?? false } }),
    };
  });
  const shown = columns.filter(({ cell }) => systems.some(({ median }) => cell(median) !== ''));
  const head = ['', axis, ...shown.map(({ title }) => title(unit)), 'vs Parley', 'target'];
  const rows = systems.map(({ name, median }, index) => {
    const judged = verdicts[index];
    return [
      escaped(name),
      round(median.cost),
      ...shown.map(({ cell }) => cell(median)),
      ours && index > 0 ? `${round(advantage(ours, median))}×` : '',
      judged ? badge(judged) : '',
    ];
  });
  const missing = absent.map(({ name, why }) => [escaped(name), escaped(why)]);
  return `<p class="axis">${axis}; less is better</p>\n<div class="bars">${barChart(axis, bars)}</div>\n${tableOf(head, [...rows, ...missing])}`;
}

function ladderOf(result: LadderResult): string {
  const { unit, paces, systems, absent } = result;
  const seriesOf = (value: (step: (typeof systems)[number]['steps'][number]) => number | undefined) =>
    systems.map(({ name, steps }) => ({
      name,
      points: steps.map((step) => ({ x: step.offered, y: value(step) ?? 0, open: !step.holds })),
    }));
  const figures = [
    {
      caption: `${plural(unit)}/s, over those offered/s`,
      chart: lineChart({
        title: `${plural(unit)} per second over those offered`,
        x: paces,
        series: seriesOf(({ middle }) => middle.perSecond),
        mark: { at: 'diagonal', label: 'dashed: all that is offered' },
      }),
    },
    {
      caption: `p99 in ms, over ${plural(unit)} offered/s`,
      chart: lineChart({
        title: 'p99 latency over what is offered',
        x: paces,
        series: seriesOf(({ middle }) => middle.p99),
        mark: { at: holding.p99Ms, label: 'dashed: what is later has collapsed' },
      }),
    },
  ];
  const legend = systems.map(({ name }, index) => `<li><i class="s${index}"></i>${escaped(name)}</li>`).join('');
  const rows = paces.flatMap((offered) =>
    systems.flatMap(({ name, steps }) => {
      const step = steps.find((one) => one.offered === offered);
      if (!step) return [];
      const { perSecond, p50, p99, serverShare, loadShare, broken } = step.middle;
      const end = step.holds ? { met: true, text: 'holds' } : { met: false, text: `collapses${broken === undefined ? '' : `: ${broken}`}` };
      const figuresOf = [thousands(perSecond), round(p50), round(p99), share(serverShare), share(loadShare)];
      return [[escaped(name), `${thousands(offered)}/s`, ...figuresOf, badge(end)]];
    }),
  );
  const missing = absent.map(({ name, why }) => [escaped(name), escaped(why)]);
  return [
    `<p class="axis">Messages leave at a fixed pace, whatever comes back. A system holds a pace if at least ${holding.share * 100} % of what is offered is delivered, all of it in the end, with a p99 below ${thousands(holding.p99Ms)} ms (full dots); after a collapse (hollow) it is not tried at higher ones.</p>`,
    `<ul class="legend">${legend}</ul>`,
    `<div class="pair">${figures.map(({ caption, chart }) => `<figure>${chart}<figcaption>${escaped(caption)}</figcaption></figure>`).join('')}</div>`,
    `<ul class="goals">${ladderVerdicts(result)
      .map((one) => `<li>${badge(one)}</li>`)
      .join('')}</ul>`,
    tableOf(['', 'offered', `${plural(unit)}/s`, 'p50 ms', 'p99 ms', 'server CPU', 'load CPU', ''], [...rows, ...missing]),
  ].join('\n');
}

function surveyOf(result: SurveyResult): string {
  const rows = result.rows.map((row) => {
    const judged = surveyVerdict(row, result);
    const cells = result.systems.map(({ median }) =>
      row.figures
        .map((figure) => median[figure])
        .filter((value) => value !== undefined)
        .map(round)
        .join(' / '),
    );
    return [escaped(row.title), ...cells, judged ? badge(judged) : ''];
  });
  return tableOf(['', ...result.systems.map(({ name }) => escaped(name)), 'target'], rows);
}

const badge = ({ met, text }: Verdict): string => `<span class="${met ? 'met' : 'missed'}">${met ? '✓' : '✗'} ${escaped(text)}</span>`;
const share = (value: number): string => `${Math.round(value * 100)} %`;

/** Cells are HTML already. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="table"><table><thead>${line('th', head)}</thead><tbody>\n${rows.map((row) => line('td', row)).join('\n')}\n</tbody></table></div>`;
}
