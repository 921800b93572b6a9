import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(__dirname, '..');
const jest = join(root, 'node_modules/jest/bin/jest.js');

/** The kinds of test, in the order of a round; each is one run of Jest, so that servers are started once for all of a kind. */
const kinds = ['unit', 'e2e', 'mysql', 'redis', 'kafka', 'proof'] as const;
type Kind = (typeof kinds)[number];

/** Tests that draw random numbers: all of them are repeated. */
const random = /from 'fast-check'|\bwithSeed\(|\bseedOfRun\(/;

/** Beside them, tests of faults whose course hangs on who is faster. */
const races = [
  'libs/storage/src/many-gateways.mysql-spec.ts',
  'libs/storage/src/mysql-trouble.mysql-spec.ts',
  'apps/gateway/src/socket/drain.e2e-spec.ts',
  'libs/fanout/src/kafka.queue.kafka-spec.ts',
];

/** How many cases each property is tried with: the slowest takes some seconds, well under the patience of Jest. */
const propertyRuns = '1500';

/** What tests print of how much they did, summed up over all rounds. */
const counted = /\b(\d+) (messages|entries|operations|frames|broken frames|requests|broken requests|holes mended)\b/g;

/** What became of one file of one kind, over all rounds. */
interface Tally {
  runs: number;
  passed: number;
  failed: number;
  seconds: number;
}

/** What Jest writes about a run, as far as it matters here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const tallies = new Map<string, Tally>();
const sums = new Map<string, number>();
const failures: string[] = [];
let stopped = false;

const usage = `npm run test:long -- [--minutes <n>] [part of a path ...]
  Repeats the tests that draw random numbers, and those of faults, for so long (30 minutes), each time with a fresh seed.
  Needs what npm test needs, and starts it by itself.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { minutes: { type: 'string', default: '30' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) return void process.stdout.write(usage);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: expected a number above 0`);
  process.once('SIGINT', () => (stopped = true));
  const chosen = await Promise.all(kinds.map(async (kind) => ({ kind, files: await filesOf(kind, positionals) })));
  const work = chosen.filter(({ files }) => files.length > 0);
  if (work.length === 0) throw new Error(`no repeated test has ${positionals.join(' or ')} in its path`);
  const folder = mkdtempSync(join(tmpdir(), 'parley-long-'));
  const endsAt = performance.now() + minutes * 60_000;
  const over = () => stopped || performance.now() >= endsAt;
  try {
    for (let round = 1; !over(); round++) {
      for (const { kind, files } of work) if (!over()) await run(kind, files, round, join(folder, 'report.json'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  tell();
}

/** Files of a kind that are repeated and have one of `parts` in their path. */
async function filesOf(kind: Kind, parts: readonly string[]): Promise<string[]> {
  const { stdout } = await jestRun(['--listTests', '--json', '--selectProjects', kind]);
  const files = JSON.parse(stdout.slice(stdout.indexOf('["'))) as string[];
  return files
    .map((file) => relative(root, file))
    .filter((file) => races.includes(file) || random.test(readFileSync(join(root, file), 'utf8')))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

/** Runs the files once with a fresh seed. Goes on whatever comes of it. */
async function run(kind: Kind, files: readonly string[], round: number, report: string): Promise<void> {
  const seed = String(randomInt(2 ** 31));
  rmSync(report, { force: true });
  const startedAt = performance.now();
  const env = { PARLEY_SEED: seed, PROPERTY_RUNS: propertyRuns };
  const { stdout, stderr } = await jestRun(
    ['--runTestsByPath', ...files, '--json', '--outputFile', report, '--silent', '--selectProjects', kind],
    env,
  );
  for (const [, count, what = ''] of stdout.matchAll(counted)) sums.set(what, (sums.get(what) ?? 0) + Number(count));
  const again = `PARLEY_SEED=${seed} PROPERTY_RUNS=${propertyRuns} npx jest`;
  const before = failures.length;
  const results = resultsIn(report);
  if (!results && !stopped) failures.push(`Jest ended without a report of ${kind}\n${stderr.slice(-2_000)}`);
  for (const { name, message, startTime, endTime, assertionResults } of results ?? []) {
    const file = relative(root, name);
    const tally = tallyOf(`${file} (${kind})`);
    const ran = assertionResults.filter(({ status }) => status === 'passed' || status === 'failed');
    const failed = ran.filter(({ status }) => status === 'failed');
    tally.runs++;
    tally.seconds += (endTime - startTime) / 1000;
    tally.passed += ran.length - failed.length;
    tally.failed += failed.length;
    for (const { fullName, failureMessages } of failed) {
      const command = `${again} ${file} -t ${quoted(fullName)} --selectProjects ${kind}`;
      failures.push(`${fullName}\n  ${command}\n${shortened(failureMessages.join('\n'))}`);
    }
    if (ran.length > 0 || message === '') continue;
    tally.failed++;
    failures.push(`${file} could not run\n  ${again} ${file} --selectProjects ${kind}\n${shortened(message)}`);
  }
  const took = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(`round ${round}, ${kind}: ${files.length} files in ${took} s, seed ${seed}, ${failures.length - before} failed\n`);
  for (const failure of failures.slice(before)) process.stdout.write(`\n${failure}\n\n`);
}

function resultsIn(report: string): Report['testResults'] | undefined {
  try {
    return (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults;
  } catch {
    return undefined;
  }
}

function tallyOf(name: string): Tally {
  const tally = tallies.get(name) ?? { runs: 0, passed: 0, failed: 0, seconds: 0 };
  tallies.set(name, tally);
  return tally;
}

/** Prints what was run and what failed; any failure makes the exit code 1. */
function tell(): void {
  const rows = [...tallies].map(([name, { runs, passed, failed, seconds }]) =>
    [name, runs, passed, failed, seconds.toFixed(0)].map(String),
  );
  const table = [['test', 'runs', 'passed', 'failed', 'seconds'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  process.stdout.write(`\n${table.map(line).join('\n')}\n\n`);
  for (const [what, sum] of sums) process.stdout.write(`${sum.toLocaleString('en')} ${what}\n`);
  process.stdout.write(failures.length === 0 ? '\nnothing failed\n' : `\n${failures.length} failed:\n\n${failures.join('\n\n')}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

/** What failed, without the frames of Jest and Node. */
const shortened = (message: string): string =>
  message
    .split('\n')
    .filter((line) => !/^\s+at .*(node_modules|node:internal)/.test(line))
    .join('\n')
    .slice(0, 3_000);

/** A name as a pattern of Jest in a shell. */
const quoted = (name: string): string => `'^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", '.')}$'`;

function jestRun(args: readonly string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [jest, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once('error', reject).once('close', () => resolve(said));
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
