import { Kafka, type SASLOptions, logLevel } from 'kafkajs';
import type { Config } from '@app/config';
import type { Log } from '@app/kit';

/** How long Kafka may take, in milliseconds. Whoever asks is told within some seconds that it is away. */
const connectMs = 2_000;
const answerMs = 5_000;

/** A client of the brokers that the configuration names. What the library has to say goes to the log at its most detailed level. */
export function kafkaOf({ kafkaBrokers, kafka }: Pick<Config, 'kafkaBrokers' | 'kafka'>, log: Log): Kafka {
  silenceTimeouts();
  return new Kafka({
    clientId: 'parley',
    brokers: [...kafkaBrokers],
    ...(kafka.tls ? { ssl: true } : {}),
    ...(kafka.saslMechanism === 'none' ? {} : { sasl: saslOf(kafka) }),
    connectionTimeout: connectMs,
    authenticationTimeout: answerMs,
    requestTimeout: answerMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    logLevel: logLevel.INFO,
    // It calls everything an error that it tries again by itself; what is lasting is told by who uses it.
    logCreator:
      () =>
      ({ namespace, log: { message, broker, groupId } }) =>
        log.debug({ namespace, broker: broker as unknown, groupId: groupId as unknown }, `kafka: ${message}`),
  });
}

function saslOf({ saslMechanism, username, password }: Config['kafka']): SASLOptions {
  return { mechanism: saslMechanism as 'plain', username, password };
}

let silenced = false;

/** kafkajs 2.2 sets timers of less than no time, of which Node.js warns from version 24 on. Nothing else is kept back. */
function silenceTimeouts(): void {
  if (silenced) return;
  silenced = true;
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    const [, named] = args as [unknown, string | { type?: string } | undefined];
    if ((typeof named === 'object' ? named.type : named) !== 'TimeoutNegativeWarning') emit(...args);
  };
}
