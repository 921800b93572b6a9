import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, type Line } from './Chart';
import styles from './Metrics.module.css';
import type { Sample } from './prometheus';
import { scrape, useScrapes } from './scrapes';

interface ChartLine {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly least: number;
  readonly steps?: readonly number[];
}

const whole = (value: number): string => String(Math.round(value * 10) / 10);
const rate = (value: number): string => `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10}/s`;
const time = (value: number): string => `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} ms`;
const mebibyte = 1_048_576;
const bytes = (value: number): string => `${Math.round(value / mebibyte)} MiB`;

const charts: readonly ChartLine[] = [
  {
    name: 'connections',
    lines: [{ name: 'connections', colour: '--accent' }],
    format: whole,
    least: 5,
    steps: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000],
  },
  { name: 'sends', lines: [{ name: 'sends', colour: '--accent' }], format: rate, least: 1 },
  {
    name: 'sendTime',
    lines: [
      { name: 'p50', colour: '--fine' },
      { name: 'p99', colour: '--warn' },
    ],
    format: time,
    least: 1,
  },
  { name: 'deliveries', lines: [{ name: 'deliveries', colour: '--accent' }], format: rate, least: 1 },
  {
    name: 'gaps',
    lines: [
      { name: 'gapsRepaired', colour: '--warn' },
      { name: 'gapsLeft', colour: '--danger' },
    ],
    format: rate,
    least: 1,
  },
  {
    name: 'frames',
    lines: [
      { name: 'frames', colour: '--accent' },
      { name: 'frameErrors', colour: '--danger' },
    ],
    format: rate,
    least: 1,
  },
  {
    name: 'memory',
    lines: [{ name: 'memory', colour: '--accent' }],
    format: bytes,
    least: 128 * mebibyte,
    steps: [16, 32, 64, 128, 256, 512, 1024, 4096].map((steps) => steps * mebibyte),
  },
];

/** Live charts of the instance that serves this page, and everything else that it counts. */
export function Metrics(): ReactNode {
  const { t } = useTranslation();
  const { points, samples, problem } = useScrapes();
  // Who comes back may have come to another address.
  useEffect(() => void scrape(), []);
  if (problem === 'hidden') return <Hidden />;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('ui.metrics.title')}</h1>
        <p>{t('ui.metrics.lead', { host: location.host })}</p>
        {problem === 'silent' && (
          <p className={styles.problem} role="alert">
            {t('ui.metrics.silent')}
          </p>
        )}
      </header>
      <div className={styles.charts}>
        {charts.map((chart) => (
          <Chart key={chart.name} {...chart} points={points} />
        ))}
      </div>
      <AllSamples samples={samples} />
    </div>
  );
}

/** How to get to a gateway itself, by the ways of deployment. */
const ways = [
  {
    name: 'compose',
    command:
      "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' parley-app-1\n# http://<address>:8080/ui/metrics",
  },
  { name: 'kubernetes', command: 'kubectl -n parley port-forward deployment/gateway 8080:8080\n# http://localhost:8080/ui/metrics' },
] as const;

/** Metrics are not for everybody: the proxy in front keeps them to itself. */
function Hidden(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('ui.metrics.title')}</h1>
      </header>
      <div className={styles.hidden} role="alert">
        <p>{t('ui.metrics.hidden')}</p>
        <p>{t('ui.metrics.hiddenHow')}</p>
        {ways.map(({ name, command }) => (
          <div key={name}>
            <h2>{t(`ui.metrics.ways.${name}`)}</h2>
            <pre>{command}</pre>
          </div>
        ))}
      </div>
    </div>
  );
}

function AllSamples({ samples }: { readonly samples: readonly Sample[] }): ReactNode {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const rows = samples
    .filter(({ name }) => !name.endsWith('_bucket'))
    .map(({ name, labels, value }) => ({ name: `${name}${labelText(labels)}`, value }))
    .filter(({ name }) => name.includes(wanted.trim()));
  return (
    <details className={styles.all}>
      <summary>{t('ui.metrics.all', { count: samples.length })}</summary>
      <input
        type="search"
        value={wanted}
        placeholder={t('ui.metrics.search')}
        aria-label={t('ui.metrics.search')}
        onChange={({ target }) => setWanted(target.value)}
      />
      <table>
        <tbody>
          {rows.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
