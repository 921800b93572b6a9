import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LastWill } from './last-will';

const startPatienceMs = 60_000;
const stopPatienceMs = 10_000;
const linesShown = 20;

/** What to run, and how to tell that it serves. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Resolves when the server answers, throws while it does not. */
  readonly answers: () => Promise<unknown>;
}

/**
 * A server of a test: a process with a folder of its own under the system's temporary one. The folder lives until `remove`, through
 * any number of ends and starts. Neither outlives the process that made them.
 */
export class ServerProcess {
  readonly folder: string;
  private readonly will: LastWill;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `parley-${name}-`));
    this.will = new LastWill(this.folder);
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  /** Starts and waits until the server answers. Throws with the last lines of its log when it ends instead. */
  async start({ name, command, args, answers }: Program): Promise<void> {
    if (this.child) throw new Error(`${name} runs already`);
    const path = join(this.folder, 'log');
    const log = openSync(path, 'w');
    // A group of its own: an interrupt at the terminal is for the tests.
    const child = spawn(command, args, { cwd: this.folder, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.child = child;
    let failed = '';
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        this.child = undefined;
        this.will.names(undefined);
        resolve();
      };
      child.once('exit', over).once('error', (error) => {
        failed = error.message;
        over();
      });
    });
    this.will.names(child.pid);
    child.unref();
    const deadline = performance.now() + startPatienceMs;
    for (;;) {
      if (!this.child) throw new Error(`${name} ended at its start: ${failed || lastLines(path)}`);
      try {
        await answers();
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          await this.end('SIGKILL');
          throw new Error(`${name} does not answer (${(error as Error).message}): ${lastLines(path)}`, { cause: error });
        }
      }
      await sleep(20);
    }
  }

  /** Sends a signal and waits for the end. A server that has ended or is paused is no exception. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.child?.ref();
    this.child?.kill(signal);
    // A stopped process takes only SIGKILL.
    this.child?.kill('SIGCONT');
    await this.ended;
  }

  /** Stops every thread of the server; its connections stay open and nothing answers. Returns when that is so. */
  pause(): void {
    const pid = this.child?.pid;
    this.child?.kill('SIGSTOP');
    // The system stops thread after thread, in its own time.
    const deadline = performance.now() + stopPatienceMs;
    while (pid !== undefined && !isStopped(pid)) {
      if (performance.now() > deadline) throw new Error(`process ${pid} does not stop`);
    }
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends the server, if it runs, and removes its folder. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await this.will.carryOut();
  }
}

/** Whether every thread of a process is stopped. Where the system does not tell, it is believed to be. */
function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return true;
  return readdirSync(tasks).every((task) => {
    try {
      return readFileSync(join(tasks, task, 'stat'), 'utf8')
        .replace(/^.*\) /s, '')
        .startsWith('T');
    } catch {
      // A thread that ended meanwhile.
      return true;
    }
  });
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-linesShown).join('\n');
}
