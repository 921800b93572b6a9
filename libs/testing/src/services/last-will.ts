import { type ChildProcess, spawn } from 'node:child_process';

// A line names the process that is to die; an empty one says that there is none. The end of the input is the end of this process.
const script = `
  while read -r pid; do last=$pid; done
  if [ -n "$last" ]; then
    kill -KILL "$last"
    # It writes until it is gone; where nobody collects the dead, it looks alive for ever.
    left=100
    while [ $left -gt 0 ] && kill -0 "$last"; do sleep 0.05; left=$((left - 1)); done
  fi
  rm -rf "$1"
`;

/**
 * What happens to a service and its folder when this process ends without cleaning up, by an interrupt or by SIGKILL: the service is
 * killed and the folder removed, by a shell that waits for it.
 */
export class LastWill {
  private readonly shell: ChildProcess;

  constructor(folder: string) {
    // A group of its own: an interrupt at the terminal must not reach it.
    this.shell = spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.shell.unref();
    const { stdin } = this.shell;
    stdin?.on('error', () => undefined);
    (stdin as unknown as { unref(): void }).unref();
  }

  /** Says which process is to be killed; `undefined` when there is none any more. */
  names(pid: number | undefined): void {
    this.shell.stdin?.write(`${pid ?? ''}\n`);
  }

  /** Carries it out now: the service, if one is named, is killed, the folder removed. */
  async carryOut(): Promise<void> {
    if (this.shell.exitCode !== null || this.shell.signalCode !== null) return;
    this.shell.ref();
    const done = new Promise((resolve) => this.shell.once('exit', resolve));
    this.shell.stdin?.end();
    await done;
  }
}
