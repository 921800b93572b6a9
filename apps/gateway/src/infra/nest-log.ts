import type { LoggerService } from '@nestjs/common';
import type { Log } from '@app/kit';

/** Nest's own words in the process's log: its account of the start is for debugging, its warnings and errors are for everybody. */
export class NestLog implements LoggerService {
  constructor(private readonly out: Log) {}

  log(message: unknown, context?: unknown): void {
    this.out.debug({ context }, String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.out.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.out.trace({ context }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.out.warn({ context }, String(message));
  }

  error(message: unknown, ...more: unknown[]): void {
    const [err, context] = message instanceof Error ? [message, more.at(-1)] : [undefined, more.at(-1)];
    this.out.error({ err, context }, err ? err.message : String(message));
  }
}
