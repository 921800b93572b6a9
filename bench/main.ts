import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { Children } from './children';
import { readOptions, usage } from './options';
import { ladderVerdicts } from './ladder-report';
import { hotOf, isLadder, isSurvey, scoreOf, surveyVerdict, tableOf, verdict } from './report';
import type { Bench, Result, Scenario } from './scenario';
import { cluster } from './scenarios/cluster';
import { durableLog } from './scenarios/durable-log';
import { durableSend } from './scenarios/durable-send';
import { fanOut } from './scenarios/fan-out';

const scenarios: readonly Scenario[] = [fanOut, durableLog, durableSend, cluster];

const root = join(__dirname, '..');
const resultsFolder = join(__dirname, 'results');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options)
    return void process.stdout.write(
      `${usage}\n\nScenarios\n${scenarios.map(({ name, title }) => `  ${name.padEnd(14)}${title}`).join('\n')}\n`,
    );
  const chosen = choose(options.only);
  const startedAt = new Date();
  const stamp = startedAt.toISOString().replace(/[:.]/g, '-');
  const gateway = options.gateway === undefined ? build() : resolve(options.gateway);
  const bench: Bench = {
    options,
    children: new Children(),
    gateway,
    progress,
    saveProfile: (name, profile) => saveProfile(stamp, name, profile),
  };
  const results: Result[] = [];
  for (const scenario of chosen) results.push(...(await scenario.run(bench)));
  progress('');
  const machine = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    load: loadavg().map((value) => Number(value.toFixed(2))),
  };
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, `${stamp}.json`);
  writeFileSync(file, `${JSON.stringify({ startedAt, seconds, options, machine, results: results.map(withVerdicts) }, undefined, 2)}\n`);
  const { node, cores, cpu, load } = machine;
  process.stdout.write(
    [
      tableOf(results),
      ...(options.profile ? [hotOf(results), '\nProfiling was on: figures are higher than without.'] : []),
      '',
      `${scoreOf(results)}. "CPU vs Parley" is how many times Parley's CPU a peer needs for the same work.`,
      `Medians of ${options.rounds} rounds of ${options.seconds} s, taken in turn. CPU is user + system time of the server's process, by the kernel's clock.`,
      `Node ${node}, ${cores} cores (${cpu}), load average ${load.join(' ')}; ${seconds} s in all.`,
      `Written to ${file}`,
      '',
    ].join('\n'),
  );
}

function choose(only: readonly string[]): readonly Scenario[] {
  const unknown = only.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}; there are ${scenarios.map(({ name }) => name).join(', ')}`);
  return only.length === 0 ? scenarios : scenarios.filter(({ name }) => only.includes(name));
}

/** Builds the gateway as `npm run build` does, since that is what people run. */
function build(): string {
  progress('building the gateway');
  const nest = require.resolve('@nestjs/cli/bin/nest.js', { paths: [root] });
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build', 'gateway'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the gateway could not be built\n${stdout}${stderr}`);
  return join(root, 'dist/apps/gateway/apps/gateway/src/main.js');
}

/** One line that is written over in a terminal; elsewhere one line each. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

function saveProfile(stamp: string, name: string, profile: unknown): void {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${stamp}-${name.replace(/[^a-z0-9]+/gi, '-')}.cpuprofile`), JSON.stringify(profile));
}

function withVerdicts(result: Result): object {
  if (isSurvey(result)) return { ...result, rows: result.rows.map((row) => ({ ...row, verdict: surveyVerdict(row, result) })) };
  if (isLadder(result)) return { ...result, verdicts: ladderVerdicts(result) };
  const ours = result.systems[0]?.median;
  const judged = result.systems.map((system) =>
    ours && system.target ? { ...system, verdict: verdict(system.target, ours, system.median) } : system,
  );
  return { ...result, systems: judged };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    progress('');
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
