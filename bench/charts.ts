import { round, thousands } from './text';

/** A bar, and what is written behind it. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The single rounds, as dots on the bar. */
  readonly rounds: readonly number[];
  readonly note: string;
  /** The first system's own. */
  readonly ours: boolean;
  /** Up to where the bar has to reach, if anywhere. */
  readonly goal?: { readonly at: number; readonly met: boolean };
}

/** One line of a line chart. */
interface Series {
  readonly name: string;
  /** Points that are `open` are drawn hollow. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly open: boolean }[];
}

/** A line chart whose axes are both logarithmic. */
export interface LineChart {
  readonly title: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** A dashed line; `diagonal` is where y is x. */
  readonly mark?: { readonly at: number | 'diagonal'; readonly label: string };
}

const width = 760;
const nameWidth = 150;
const noteWidth = 190;
const rowHeight = 30;
const barHeight = 16;

/** Text for HTML and SVG. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Lying bars from 0, in an SVG that takes its colours from the page. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const space = width - nameWidth - noteWidth;
  const most = Math.max(...bars.flatMap(({ value, rounds, goal }) => [value, ...rounds, goal?.at ?? 0])) || 1;
  const at = (value: number) => round1(nameWidth + (value / most) * space);
  const rows = bars.map(({ name, value, rounds, note, ours, goal }, index) => {
    const middle = index * rowHeight + rowHeight / 2;
    const top = middle - barHeight / 2;
    const line = goal
      ? `<line class="goal ${goal.met ? 'met' : 'missed'}" x1="${at(goal.at)}" x2="${at(goal.at)}" y1="${top - 4}" y2="${top + barHeight + 4}"><title>the target</title></line>`
      : '';
    return [
      `<text class="name${ours ? ' ours' : ''}" x="${nameWidth - 10}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="bar${ours ? ' ours' : ''}" x="${nameWidth}" y="${top}" width="${round1(Math.max(1, at(value) - nameWidth))}" height="${barHeight}" rx="2"><title>${escaped(`${name}: ${round(value)}`)}</title></rect>`,
      ...rounds.map((one) => `<circle class="round" cx="${at(one)}" cy="${middle}" r="2"/>`),
      line,
      `<text class="note" x="${round1(Math.max(at(value), ...rounds.map(at), goal ? at(goal.at) : 0) + 8)}" y="${middle}">${escaped(note)}</text>`,
    ].join('');
  });
  return svg(title, width, bars.length * rowHeight, rows.join(''));
}

const chart = { width: 480, height: 300, left: 62, right: 14, top: 14, bottom: 34 };

/** Lines over logarithmic axes, in an SVG that takes its colours from the page: `s0` is the first series. */
export function lineChart({ title, x, series, mark }: LineChart): string {
  const values = series.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => y > 0);
  const marked = mark && typeof mark.at === 'number' ? [mark.at] : [];
  const xs = { from: Math.min(...x) * 0.85, to: Math.max(...x) * 1.18 };
  const diagonal = mark?.at === 'diagonal';
  const ys = diagonal ? { ...xs, from: Math.min(xs.from, ...values.map((y) => y * 0.85)) } : decades([...values, ...marked]);
  const atX = (value: number) => scale(value, xs, chart.left, chart.width - chart.right);
  const atY = (value: number) => scale(value, ys, chart.height - chart.bottom, chart.top);
  const grid = (diagonal ? x : ticks(ys)).map(
    (tick) =>
      `<line class="grid" x1="${chart.left}" x2="${chart.width - chart.right}" y1="${atY(tick)}" y2="${atY(tick)}"/>` +
      `<text class="tick" x="${chart.left - 8}" y="${atY(tick)}" text-anchor="end">${short(tick)}</text>`,
  );
  const below = x.map(
    (tick) =>
      `<line class="grid" x1="${atX(tick)}" x2="${atX(tick)}" y1="${chart.top}" y2="${chart.height - chart.bottom}"/>` +
      `<text class="tick" x="${atX(tick)}" y="${chart.height - chart.bottom + 16}" text-anchor="middle">${short(tick)}</text>`,
  );
  const lines = series.map(({ name, points }, index) => {
    const drawn = points.filter(({ y }) => y > 0).map((point) => ({ ...point, cx: atX(point.x), cy: atY(point.y) }));
    const path = drawn.map(({ cx, cy }) => `${cx},${cy}`).join(' ');
    const dots = drawn.map(
      ({ x: px, y, cx, cy, open }) =>
        `<circle class="dot s${index}${open ? ' open' : ''}" cx="${cx}" cy="${cy}" r="4"><title>${escaped(`${name}, ${thousands(px)}/s: ${round(y)}`)}</title></circle>`,
    );
    return `<polyline class="line s${index}" points="${path}"/>${dots.join('')}`;
  });
  return svg(title, chart.width, chart.height, [...grid, ...below, markOf(mark, xs, ys, atX, atY), ...lines.reverse()].join(''));
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function markOf(mark: LineChart['mark'], xs: Range, ys: Range, atX: (value: number) => number, atY: (value: number) => number): string {
  if (!mark) return '';
  if (mark.at !== 'diagonal') {
    const y = atY(mark.at);
    return (
      `<line class="mark" x1="${chart.left}" x2="${chart.width - chart.right}" y1="${y}" y2="${y}"/>` +
      `<text class="tick" x="${chart.left + 6}" y="${y - 8}">${escaped(mark.label)}</text>`
    );
  }
  const from = Math.max(xs.from, ys.from);
  const to = Math.min(xs.to, ys.to);
  return (
    `<line class="mark" x1="${atX(from)}" y1="${atY(from)}" x2="${atX(to)}" y2="${atY(to)}"/>` +
    `<text class="tick" x="${chart.left + 6}" y="${chart.top + 8}">${escaped(mark.label)}</text>`
  );
}

const scale = (value: number, { from, to }: Range, low: number, high: number): number =>
  round1(low + (Math.log(value / from) / Math.log(to / from)) * (high - low));

/** Whole powers of ten around the values, at least one apart. */
function decades(values: readonly number[]): Range {
  const from = 10 ** Math.floor(Math.log10(Math.min(...values, Infinity)) || 0);
  const to = 10 ** Math.ceil(Math.log10(Math.max(...values, -Infinity)) || 0);
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { from: 1, to: 10 };
  return { from, to: Math.max(to, from * 10) };
}

function ticks({ from, to }: Range): number[] {
  const found: number[] = [];
  for (let tick = from; tick <= to * 1.001; tick *= 10) found.push(tick);
  return found;
}

const round1 = (value: number): number => Math.round(value * 10) / 10;

function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`;
  if (value >= 1_000) return `${value / 1_000}k`;
  return String(Number(value.toPrecision(2)));
}

const svg = (title: string, w: number, h: number, content: string): string =>
  `<svg viewBox="0 0 ${w} ${h}" role="img" aria-label="${escaped(title)}">${content}</svg>`;
