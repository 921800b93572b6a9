import { openGroupCommit } from '../peers/group-commit';
import { openOneTransaction } from '../peers/one-transaction';
import { openOneTransactionOnMysql } from '../peers/one-transaction-mysql';
import type { DirectLog, LogInput } from '../peers/direct-log';
import { answer } from '../rpc';
import { Latencies } from '../statistics';
import type { Acked } from './senders';

/** Ways to store a message durably. */
const methods = { groupCommit: openGroupCommit, oneTransaction: openOneTransaction, oneTransactionOnMysql: openOneTransactionOnMysql };
export type Method = keyof typeof methods;

let log: DirectLog | undefined;
let senders = 0;
let keys = 0;
const acked = new Map<number, number[]>();

/** What a process that drives a log directly can be asked. */
export type LogLoad = typeof handlers;

const body = JSON.stringify({ text: 'x'.repeat(128 - '{"text":""}'.length) });

const handlers = {
  open: async ({ method, input }: { method: Method; input: LogInput }): Promise<void> => {
    senders = input.senders;
    log = await methods[method](input);
  },
  run: async ({ seconds }: { seconds: number }): Promise<Acked> => {
    const store = opened();
    const latencies = new Latencies();
    const startedAt = performance.now();
    const until = startedAt + seconds * 1000;
    await Promise.all(Array.from({ length: senders }, (_, sender) => sendUntil(until, store, sender, latencies)));
    const elapsed = (performance.now() - startedAt) / 1000;
    return { acks: latencies.total, seconds: elapsed, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) };
  },
  /** Throws unless the acks and the store agree: every seq from 1 on, once, and nothing more. */
  check: async (_: null): Promise<void> => {
    const stored = await opened().counts();
    for (const [rowId, seqs] of acked) {
      seqs.sort((a, b) => a - b);
      seqs.forEach((seq, index) => {
        if (seq !== index + 1) throw new Error(`conversation ${rowId}: the acks have ${seq} where ${index + 1} should be`);
      });
      const row = stored.get(rowId);
      if (row?.count !== seqs.length || row.highest !== seqs.length || row.lastSeq !== seqs.length || row.ownAbove !== seqs.length) {
        throw new Error(`conversation ${rowId}: ${seqs.length} acks, but the store has ${JSON.stringify(row)}`);
      }
    }
  },
};

async function sendUntil(until: number, store: DirectLog, sender: number, latencies: Latencies): Promise<void> {
  for (let turn = 0; ; turn++) {
    const startedAt = performance.now();
    if (startedAt >= until) return;
    const { rowId, seq } = await store.append(sender, turn, `k${++keys}`, body);
    latencies.add(performance.now() - startedAt);
    const seqs = acked.get(rowId);
    if (seqs) seqs.push(seq);
    else acked.set(rowId, [seq]);
  }
}

function opened(): DirectLog {
  if (!log) throw new Error('no log is open');
  return log;
}

answer(handlers);
