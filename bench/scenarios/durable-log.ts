import { join } from 'node:path';
import { spending } from '../cpu';
import type { LogLoad, Method } from '../load/log-direct';
import { measure } from '../measure';
import type { Bench, CaseResult, Contestant, Scenario, Target } from '../scenario';

const senders = 200;
const conversationCounts = [1, 1_000];
const target: Target = { atLeast: 5 };
const addressLine = /Debugger listening on (ws:\S+)/;

/** Group commit against one transaction per message, without sockets: CPU per ack. */
export const durableLog: Scenario = {
  name: 'durable-log',
  title: 'the store alone, no sockets: 200 concurrent senders, SQLite (WAL, synchronous=FULL), gapless seq, committed before the ack',
  run: async (bench) => {
    const results: CaseResult[] = [];
    for (const conversations of conversationCounts) {
      const name = `durable log, 200 senders, ${conversations === 1 ? '1 hot conversation' : '1,000 conversations'}`;
      bench.progress(`${name}: preparing`);
      const [ours, peer] = await Promise.all([
        open(bench, 'Parley', 'group-commit', conversations),
        open(bench, 'one transaction each', 'one-transaction', conversations),
      ]);
      results.push(await measure(bench, name, 'ack', [ours.contestant, { ...peer.contestant, target }]));
      for (const one of [ours, peer]) await one.close();
    }
    return results;
  },
};

async function open(
  { children, options }: Bench,
  name: string,
  method: Method,
  conversations: number,
): Promise<{ contestant: Contestant; close(): Promise<void> }> {
  const inspected = options.profile && method === 'group-commit';
  const { peer, child } = children.module<LogLoad>(
    join(__dirname, '../load/log-direct.ts'),
    [],
    inspected ? ['--inspect=127.0.0.1:0'] : [],
  );
  const inspector = inspected
    ? await new Promise<string | undefined>((resolve) => {
        child.stderr?.on('data', (chunk: Buffer) => {
          const address = addressLine.exec(chunk.toString())?.[1];
          if (address !== undefined) resolve(address);
        });
      })
    : undefined;
  await peer.ask('open', { method, dataDir: children.folder(), conversations, senders });
  const contestant: Contestant = {
    name,
    inspector,
    round: async (seconds) => {
      const { result, serverUs } = await spending(peer.pid, undefined, () => peer.ask('run', { seconds }));
      return { cpuUs: serverUs / result.acks, perSecond: result.acks / result.seconds, p50: result.p50, p99: result.p99 };
    },
  };
  const close = async () => {
    await peer.ask('check', null);
    await children.stop(child);
  };
  return { contestant, close };
}
