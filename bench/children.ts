import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspected, inspectorLine } from './inspector';
import { type Handlers, Peer } from './rpc';

/** How a program is started. */
export interface ProgramOptions {
  /** Path of the program; Node by default. */
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The line of its output that says that it is ready. */
  readonly ready: RegExp;
}

const patienceMs = 60_000;

/** Child processes and temporary folders of a run. Whatever way the run ends, none of them is left. */
export class Children {
  private readonly running = new Set<ChildProcess>();
  private readonly folders = new Set<string>();

  constructor() {
    process.on('exit', () => this.end());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  }

  /** A new folder that lives as long as the run. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'parley-bench-'));
    this.folders.add(path);
    return path;
  }

  /** Starts a module of the benchmark in a process of its own, which speaks through `answer`. */
  module<H extends Handlers>(
    path: string,
    args: readonly string[] = [],
    execArgv: readonly string[] = [],
  ): { peer: Peer<H>; child: ChildProcess } {
    const child = fork(path, [...args], { execArgv: [...process.execArgv, ...execArgv], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.keep(child);
    this.showErrors(child);
    return { peer: new Peer<H>(child, path.slice(__dirname.length + 1)), child };
  }

  /** The same, with an inspector; answers where it listens as well. */
  async inspectedModule<H extends Handlers>(path: string): Promise<{ peer: Peer<H>; child: ChildProcess; inspector: string }> {
    const { peer, child } = this.module<H>(path, [], inspected);
    const inspector = await new Promise<string>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        const address = inspectorLine.exec(chunk.toString())?.[1];
        if (address !== undefined) resolve(address);
      });
      child.on('exit', (code) => reject(new Error(`${path} ended with ${code}`)));
    });
    return { peer, child, inspector };
  }

  /** Starts a program and waits for the line that says that it is ready. Answers the match. Throws with its last words if it ends before. */
  async program(
    args: readonly string[],
    { command = process.execPath, env, cwd, ready }: ProgramOptions,
  ): Promise<{ child: ChildProcess; match: RegExpExecArray }> {
    const child = spawn(command, [...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.keep(child);
    let words = '';
    const match = await new Promise<RegExpExecArray>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${args.join(' ')} was not ready in time\n${words}`)), patienceMs);
      const hear = (chunk: Buffer) => {
        words = (words + chunk.toString()).slice(-20_000);
        const found = ready.exec(words);
        if (!found) return;
        clearTimeout(late);
        resolve(found);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`${args.join(' ')} ended with ${code}\n${words}`));
      });
    });
    return { child, match };
  }

  /** Ends one child and waits until it is gone. */
  async stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private keep(child: ChildProcess): void {
    this.running.add(child);
    child.on('exit', () => this.running.delete(child));
  }

  private showErrors(child: ChildProcess): void {
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      if (!/^(Debugger|For help)/.test(text)) process.stderr.write(text);
    });
  }

  private end(): void {
    for (const child of this.running) child.kill('SIGKILL');
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
