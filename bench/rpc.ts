import type { ChildProcess } from 'node:child_process';

/** What a child process can be asked, by name. */
export type Handlers = Readonly<Record<string, (input: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Reply {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** Answers the questions of the parent process, and ends with it. */
export function answer(handlers: Handlers): void {
  process.on('message', (question: Question) => {
    const handler = handlers[question.name] as ((input: unknown) => unknown) | undefined;
    new Promise((resolve) => {
      if (!handler) throw new Error(`nothing is called ${question.name}`);
      resolve(handler(question.input));
    }).then(
      (output) => process.send?.({ id: question.id, output } satisfies Reply),
      (error: unknown) =>
        process.send?.({ id: question.id, error: error instanceof Error ? error.message : String(error) } satisfies Reply),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** Asks a child process that runs `answer`. */
export class Peer<H extends Handlers> {
  private readonly waiting = new Map<number, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  private asked = 0;

  constructor(
    private readonly child: ChildProcess,
    private readonly what: string,
  ) {
    child.on('message', ({ id, output, error }: Reply) => {
      const asker = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) asker?.resolve(output);
      else asker?.reject(new Error(`${what}: ${error}`));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${what} ended with ${signal ?? code}`));
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.what} is not running`);
    return this.child.pid;
  }

  /** Throws what the child's handler threw, and when the child ends. */
  ask<N extends keyof H & string>(name: N, input: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (output) => resolve(output as Awaited<ReturnType<H[N]>>), reject });
      this.child.send({ id, name, input } satisfies Question);
    });
  }
}
