import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { defaultConfig } from '@app/config';
import { Metrics } from '@app/kit';
import { installed } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { GatewayProcess } from './process';

const docker = join(__dirname, '../docker');
const boards = join(docker, 'grafana/dashboards');
const installPatienceMs = 600_000;

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Board {
  readonly uid: string;
  readonly title: string;
  readonly links: readonly { readonly url: string }[];
  readonly panels: readonly Panel[];
}

const yaml = <T>(file: string): T => parse(readFileSync(join(docker, file), 'utf8')) as T;
const rules = yaml<{ groups: { rules: Rule[] }[] }>('prometheus/rules.yml').groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const dashboards = readdirSync(boards).map((file) => JSON.parse(readFileSync(join(boards, file), 'utf8')) as Board);
const queries = dashboards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ where: `${title}: ${panel.title}`, expr }))),
);
const expressions = [...rules.map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr })), ...queries];

/** What an expression asks for: every name that is no function, no label and no word of the language. */
function metricsOf(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\boffset\s+\w+/g, ' ');
  const names = bare.match(/(?<![\w:])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g) ?? [];
  return [...new Set(names)].filter((name) => !['and', 'or', 'unless', 'bool'].includes(name));
}

/** A name under which Prometheus keeps something of ours, with the labels that we give it. */
interface Series {
  readonly type: string;
  readonly labels: readonly string[];
}

/** Everything that a process registers, by the names that Prometheus keeps. */
const registered = new Map<string, Series>(
  new Metrics().registry.getMetricsAsArray().flatMap((metric): [string, Series][] => {
    const { name, type, labelNames = [] } = metric as unknown as { name: string; type: string; labelNames?: string[] };
    const labels = [...labelNames, 'job', 'instance'];
    if (type !== 'histogram') return [[name, { type, labels }]];
    const counted = { type: 'counter', labels };
    return [
      [`${name}_sum`, counted],
      [`${name}_count`, counted],
      [`${name}_bucket`, { type: 'counter', labels: [...labels, 'le'] }],
    ];
  }),
);
/** What Prometheus itself knows. */
const itsOwn = ['up', 'ALERTS'];
const recorded = rules.flatMap(({ record }) => (record === undefined ? [] : [record]));

describe('what is asked of Prometheus', () => {
  it('is registered by the code, under exactly that name', () => {
    const known = new Set([...registered.keys(), ...itsOwn, ...recorded]);
    const unknown = expressions.flatMap(({ where, expr }) =>
      metricsOf(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${where}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(new Set(expressions.flatMap(({ expr }) => metricsOf(expr))).size).toBeGreaterThan(30);
  });

  it('has the labels that it is chosen and grouped by', () => {
    const wrong = expressions.flatMap(({ where, expr }) => {
      const chosen = [...expr.matchAll(/(parley_\w+)\{([^}]*)\}/g)].flatMap(([, name = '', matchers = '']) =>
        [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
          .filter(([, label = '']) => !registered.get(name)?.labels.includes(label))
          .map(([, label]) => `${where}: ${name} has no ${label}`),
      );
      const labels = metricsOf(expr).flatMap((name) => registered.get(name)?.labels ?? ['job', 'instance']);
      const grouped = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)]
        .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
        .filter((name) => !labels.includes(name))
        .map((name) => `${where}: nothing has ${name}`);
      return [...chosen, ...grouped];
    });
    expect(wrong).toEqual([]);
  });

  it('is a rate where it counts, and is none where it goes up and down', () => {
    const wrong = expressions.flatMap(({ where, expr }) =>
      [...expr.matchAll(/(?:(\w+)\s*\(\s*)?\b(parley_\w+)/g)]
        .filter(([, around = '', name = '']) => ['rate', 'increase'].includes(around) !== (registered.get(name)?.type === 'counter'))
        .map(([, , name]) => `${where}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  describe('and a started gateway', () => {
    let gateway: GatewayProcess | undefined;
    beforeAll(async () => {
      await build();
      gateway = await GatewayProcess.start();
    }, buildPatienceMs);
    afterAll(() => gateway?.remove());

    it('shows it under /metrics', async () => {
      const text = await (await fetch(`${gateway?.http}/metrics`)).text();
      const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_sum`, `${name}_count`, `${name}_bucket`] : [name],
      );
      expect(new Set(shown)).toEqual(new Set(registered.keys()));
    });
  });
});

describe('every alert', () => {
  it('says how much it matters, what is wrong, what users notice and what to do', () => {
    const incomplete = alerts.filter(
      ({ labels, annotations }) =>
        !['critical', 'warning'].includes(labels?.severity ?? '') ||
        ['summary', 'description', 'action'].some((part) => !annotations?.[part]?.trim()),
    );
    expect(incomplete.map(({ alert }) => alert)).toEqual([]);
  });

  it('is raised in a test', () => {
    const tests = readFileSync(join(docker, 'prometheus/rules.test.yml'), 'utf8');
    expect(alerts.map(({ alert }) => alert).filter((name) => !tests.includes(`alertname="${name}", alertstate="firing"`))).toEqual([]);
  });
});

describe('the dashboards', () => {
  it('are two, which link to each other', () => {
    const uids = dashboards.map(({ uid }) => uid).sort();
    expect(uids).toEqual(['parley-groups', 'parley-service']);
    expect(dashboards.flatMap(({ links }) => links.map(({ url }) => url)).sort()).toEqual(uids.map((uid) => `/d/${uid}`));
  });

  it.each(dashboards.map((board) => [board.title, board.panels] as const))(
    '%s: has panels that say what they show, side by side',
    (_, panels) => {
      const shows = panels.filter(({ type }) => type !== 'row');
      expect(shows.filter(({ title, description, targets }) => !title || !description || !targets?.length)).toEqual([]);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const apart = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
        a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      const overlapping = panels.filter(
        (one, i) => one.gridPos.x + one.gridPos.w > 24 || panels.slice(i + 1).some((other) => !apart(one, other)),
      );
      expect(overlapping.map(({ title }) => title)).toEqual([]);
      expect(new Set(shows.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid)))).toEqual(
        new Set(['${datasource}']),
      );
    },
  );
});

describe('the overlay', () => {
  interface Service {
    readonly environment?: Readonly<Record<string, string>>;
    readonly ports: readonly string[];
    readonly volumes: readonly string[];
  }
  const { prometheus, grafana } = yaml<{ services: Record<'prometheus' | 'grafana', Service> }>('docker-compose.monitoring.yml').services;

  it('is reached from its own machine only, and has no password that others know', () => {
    expect([...prometheus.ports, ...grafana.ports].filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(grafana.environment?.GF_SECURITY_ADMIN_PASSWORD).toMatch(/^\$\{GRAFANA_PASSWORD:\?[^}]+\}$/);
  });

  it('finds every gateway and group consumer by the name of its service, at the port where it shows its metrics', () => {
    interface Job {
      readonly job_name: string;
      readonly dns_sd_configs?: readonly { readonly names: string[]; readonly type: string; readonly port: number }[];
    }
    const jobs = yaml<{ scrape_configs: Job[] }>('prometheus/prometheus.yml').scrape_configs;
    const asked = jobs.flatMap((job) => (job.dns_sd_configs ?? []).map(({ names, type, port }) => [job.job_name, names, type, port]));
    const { port, consumerPort } = defaultConfig();
    expect(asked).toEqual([
      ['gateway', ['app'], 'A', port],
      ['group-consumer', ['group-consumer'], 'A', consumerPort],
    ]);
  });

  it('gives Grafana the dashboards where it looks for them', () => {
    const { providers } = yaml<{ providers: { options: { path: string } }[] }>('grafana/provisioning/dashboards/parley.yml');
    const paths = providers.map(({ options }) => `./grafana/dashboards:${options.path}:ro`);
    expect(grafana.volumes).toEqual(expect.arrayContaining(paths));
  });
});

describe('promtool', () => {
  let promtool: string;
  beforeAll(async () => {
    promtool = await installed({ names: ['promtool'], package: 'prometheus' });
  }, installPatienceMs);

  /** What it says, when it does not find everything in order. */
  const complaint = async (...args: string[]): Promise<string> =>
    promisify(execFile)(promtool, args).then(
      () => '',
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );

  it('finds the configuration and the rules in order', async () => {
    expect(await complaint('check', 'config', join(docker, 'prometheus/prometheus.yml'))).toBe('');
  });

  it('sees every alert raised by what it is for, and by nothing else', async () => {
    expect(await complaint('test', 'rules', join(docker, 'prometheus/rules.test.yml'))).toBe('');
  });

  it('understands what the dashboards ask', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-queries-'));
    try {
      const file = join(folder, 'queries.yml');
      const asked = queries.map(({ expr }, i) => ({ record: `query:${i}`, expr: expr.replaceAll('$__rate_interval', '1m') }));
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules: asked }] }));
      expect(await complaint('check', 'rules', file)).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
