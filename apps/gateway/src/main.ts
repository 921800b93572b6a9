import 'reflect-metadata';
import { type Config, ConfigError, loadConfig } from '@app/config';
import { createLog } from '@app/kit';
import { type Gateway, startGateway } from './gateway';

/** With Kafka, group consumers tell members what was said; they need a database and a Redis that they can reach. */
function checkKafka({ kafkaBrokers, databaseUrl, redisUrl }: Config): void {
  if (kafkaBrokers.length === 0 || (databaseUrl.startsWith('mysql:') && redisUrl !== '')) return;
  throw new ConfigError([
    'config: kafkaBrokers is set, but group consumers need databaseUrl (mysql://…) and redisUrl too: set them, or unset it',
  ]);
}

async function main(): Promise<void> {
  const { config, warnings } = loadConfig({ env: process.env });
  checkKafka(config);
  const log = createLog(config.logLevel);
  for (const warning of warnings) log.warn(warning);
  const gateway = await startGateway(config, { log, onEpochRenewed: () => void startAnew(gateway) });
  const { app, port } = gateway;
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  const base = `http://localhost:${port}`;
  process.stdout.write(
    [
      `Parley is listening on ${config.host}:${port}`,
      `  chat       ${base}/app`,
      `  console    ${base}/ui`,
      `  API        ${base}/api/docs`,
      `  WebSocket  ${base.replace('http', 'ws')}/ws`,
      `  health     ${base}/healthz`,
      '',
    ].join('\n'),
  );
}

/** Hands the connections over and ends with a code that lets a supervisor start the process again (EX_TEMPFAIL of sysexits.h). */
async function startAnew(gateway: Gateway): Promise<void> {
  await gateway.close();
  process.exit(75);
}

/** Why the system refused the address to listen on. */
const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or set PORT',
  EADDRNOTAVAIL: 'this machine has no such address; set HOST',
  EACCES: 'the system does not allow it; set PORT to one above 1023',
};

/** The one line that says why the gateway cannot start. */
function reasonOf(error: unknown): string {
  const { code = '', address, port, message = String(error) } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const problem = listenProblems[code];
  return problem === undefined ? `parley: ${message}` : `parley: cannot listen on ${address}:${port}: ${problem}`;
}

main().catch((error: unknown) => {
  const lines = error instanceof ConfigError ? error.lines : [reasonOf(error)];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
});
