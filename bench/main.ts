import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from './build';
import { Children } from './children';
import { readOptions, usage } from './options';
import { pageOf } from './page';
import { Progress, type Usual, expected } from './progress';
import { hotOf, scoreOf, tableOf } from './report';
import { type Run, machineOf, recordOf } from './run';
import type { Bench, Result, Scenario } from './scenario';
import { cluster } from './scenarios/cluster';
import { connect, idle } from './scenarios/connections';
import { durableLog } from './scenarios/durable-log';
import { durableSend } from './scenarios/durable-send';
import { fanOut } from './scenarios/fan-out';
import { largeGroup } from './scenarios/large-group';
import { receive } from './scenarios/receive';
import { Services } from './services';

/** In the order in which they run, with the seconds they take. One with `named` runs only when it is asked for. */
const scenarios: readonly (Usual & { readonly scenario: Scenario; readonly named?: boolean })[] = [
  { scenario: fanOut, quick: 44, full: 400 },
  // Before what fills the MariaDB: it goes on working on that for a while.
  { scenario: cluster, quick: 15, full: 200 },
  { scenario: receive, quick: 7, full: 30 },
  { scenario: durableLog, quick: 18, full: 90 },
  { scenario: durableSend, quick: 13, full: 85 },
  { scenario: connect, quick: 12, full: 60 },
  { scenario: idle, quick: 15, full: 85 },
  { scenario: largeGroup, quick: 30, full: 220, named: true },
];

const resultsFolder = join(__dirname, 'results');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    const titles = scenarios.map(({ scenario: { name, title } }) => `  ${name.padEnd(14)}${title}`);
    return void process.stdout.write(`${usage}\n\nScenarios\n${titles.join('\n')}\n`);
  }
  const chosen = choose(options.only);
  const startedAt = new Date();
  const stamp = startedAt.toISOString().replace(/[:.]/g, '-');
  if (options.gateway === undefined) show('building the gateway');
  const gateway = options.gateway === undefined ? build('gateway') : resolve(options.gateway);
  const consumers = chosen.some(({ scenario }) => scenario.consumers);
  if (consumers) show('building the group consumer');
  const consumer = consumers ? build('group-consumer') : '';
  const progress = new Progress(chosen.map(({ scenario, ...usual }) => ({ name: scenario.name, seconds: expected(usual, options) })));
  const bench: Bench = {
    options,
    children: new Children(),
    services: new Services(),
    inspected: options.profile,
    gateway,
    consumer,
    progress: (text) => show(progress.line(text)),
    saveProfile: (name, profile) => saveProfile(stamp, name, profile),
  };
  const results: Result[] = [];
  for (const { scenario } of chosen) {
    progress.next();
    results.push(...(await scenario.run(bench)));
  }
  await bench.services.end();
  show('');
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  report({ startedAt, seconds, options, machine: machineOf(), results }, join(resultsFolder, stamp));
}

/** Prints the tables and writes the same beside them: as JSON with every round, and as a page with charts. */
function report(run: Run, path: string): void {
  const { options, results, seconds, machine } = run;
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(`${path}.json`, `${JSON.stringify(recordOf(run), undefined, 2)}\n`);
  writeFileSync(`${path}.html`, pageOf(run));
  process.stdout.write(
    [
      tableOf(results),
      ...(options.profile ? [hotOf(results), '\nProfiling was on: figures are higher than without.'] : []),
      '',
      `${scoreOf(results)}. "vs Parley" is how many times Parley's cost a peer has for the same work.`,
      `Medians of ${options.rounds} rounds of ${options.seconds} s, taken in turn. CPU is user + system time of the server's process, by the kernel's clock.`,
      `Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), load average ${machine.load.join(' ')}; ${seconds} s in all.`,
      `Written to ${path}.json and, with charts, ${path}.html`,
      '',
    ].join('\n'),
  );
}

function choose(only: readonly string[]): typeof scenarios {
  const names = scenarios.map(({ scenario }) => scenario.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}; there are ${names.join(', ')}`);
  return only.length === 0 ? scenarios.filter(({ named }) => !named) : scenarios.filter(({ scenario }) => only.includes(scenario.name));
}

/** One line that is written over in a terminal; elsewhere one line each. */
function show(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

function saveProfile(stamp: string, name: string, profile: unknown): void {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${stamp}-${name.replace(/[^a-z0-9]+/gi, '-')}.cpuprofile`), JSON.stringify(profile));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    show('');
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
