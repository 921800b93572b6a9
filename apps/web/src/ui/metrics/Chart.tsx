import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './Chart.module.css';
import type { Point } from './readings';

/** One line of a chart. */
export interface Line {
  readonly name: keyof Point;
  /** A variable of the theme. */
  readonly colour: string;
}

interface ChartProps {
  /** Its title is `ui.metrics.charts.<name>`. */
  readonly name: string;
  readonly lines: readonly Line[];
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
  /** The smallest range of its axis. */
  readonly least: number;
  /** Between the lines of its axis; round numbers when absent. */
  readonly steps?: readonly number[] | undefined;
}

const height = 150;
/** However little there is to show, a chart is as wide as this. */
const leastSeconds = 120;

/** One chart of the last minutes, with the newest values, or those under the pointer, in words above it. */
export function Chart({ name, lines, points, format, least, steps }: ChartProps): ReactNode {
  const { t } = useTranslation();
  const [at, setAt] = useState<number | null>(null);
  const frame = useDrawn({ lines, points, format, least, steps, onPoint: setAt });
  const shown = (at === null ? undefined : points[at]) ?? points.at(-1);
  const valueOf = ({ name: line }: Line) => {
    const value = shown?.[line];
    return value === null || value === undefined ? '–' : format(value);
  };
  const title = t(`ui.metrics.charts.${name}`);
  return (
    <figure className={styles.chart} aria-label={`${title}: ${lines.map(valueOf).join(', ')}`}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{title}</span>
        <span className={styles.values}>
          {lines.map((line) => (
            <span key={line.name} className={styles.value} style={{ color: `var(${line.colour})` }}>
              {lines.length > 1 && <small>{t(`ui.metrics.lines.${line.name}`)}</small>} {valueOf(line)}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} className={styles.frame} />
    </figure>
  );
}

interface DrawnProps extends Pick<ChartProps, 'lines' | 'points' | 'format' | 'least' | 'steps'> {
  readonly onPoint: (index: number | null) => void;
}

/** Draws into an element; again when it gets another width, or the page other colours. */
function useDrawn({ lines, points, format, least, steps, onPoint }: DrawnProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(undefined);
  const data = useRef<uPlot.AlignedData>([[]]);
  const colours = useColours();
  data.current = dataOf(lines, points);

  useEffect(() => {
    const element = frame.current!;
    const colourOf = (variable: string) => getComputedStyle(element).getPropertyValue(variable);
    const shade = (variable: string) => ({ color: resolvedColour(element, colourOf(variable)) });
    const axis = {
      stroke: shade('--muted').color,
      grid: { stroke: shade('--line').color, width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const plot = new uPlot(
      {
        width: element.clientWidth || 300,
        height,
        legend: { show: false },
        cursor: { sync: { key: 'metrics' }, y: false, drag: { x: false, y: false } },
        scales: {
          x: { range: (_, min, max) => [Math.min(min, max - leastSeconds), max] },
          y: { range: (_, __, max) => [0, Math.max(least, (max ?? 0) * 1.1)] },
        },
        axes: [
          {
            ...axis,
            size: 26,
            space: 70,
            values: (_, times) => times.map((time) => new Date(time * 1_000).toLocaleTimeString([], { hour12: false })),
          },
          { ...axis, size: 58, space: 34, ...(steps ? { incrs: [...steps] } : {}), values: (_, values) => values.map(format) },
        ],
        series: [{}, ...lines.map(({ colour }) => ({ stroke: shade(colour).color, width: 1.5, points: { show: false }, spanGaps: false }))],
        hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? null)] },
      },
      data.current,
      element,
    );
    drawn.current = plot;
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
    // What is drawn comes below; the rest of a chart never changes.
  }, [colours, lines, format, least, steps, onPoint]);

  useEffect(() => drawn.current?.setData(dataOf(lines, points)), [lines, points]);
  return frame;
}

function dataOf(lines: readonly Line[], points: readonly Point[]): uPlot.AlignedData {
  return [points.map(({ at }) => at / 1_000), ...lines.map(({ name }) => points.map((point) => point[name]))] as uPlot.AlignedData;
}

/** A canvas knows no `light-dark()`: the browser is asked what it means here. */
function resolvedColour(element: HTMLElement, colour: string): string {
  const probe = document.createElement('span');
  probe.style.color = colour;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Changes when the colours of the page do. */
function useColours(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const change = () => setVersion((now) => now + 1);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const theme = new MutationObserver(change);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    dark.addEventListener('change', change);
    return () => {
      theme.disconnect();
      dark.removeEventListener('change', change);
    };
  }, []);
  return version;
}
