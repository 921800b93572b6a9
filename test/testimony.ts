import { eventually } from '@app/testing';
import { type Chatter, outOfOrder, sumOf } from './chatter';
import { type Heard, readLog, reconnect } from './follower';

/**
 * Holds what chatters wrote and heard against the logs, once nothing is in flight any more: every log is without holes, holds exactly what
 * was acked at its seq, each sender's messages in their order, and was heard whole by all who follow it. Answers how many messages there are.
 */
export async function expectAllTold(everybody: readonly Chatter[], url: string, patienceMs?: number): Promise<number> {
  const logs = new Map<string, Heard[]>();
  const followers = everybody.flatMap((one) => one.followers);
  for (const { person, followers: own } of everybody) {
    const missing = own.filter(({ target }) => !logs.has(target.convId));
    if (missing.length === 0) continue;
    const client = await reconnect(url, person, 'reader');
    for (const { target } of missing) logs.set(target.convId, await readLog(client, target.convId));
    client.cut();
  }
  await eventually(
    () => followers.every(({ position, target }) => position === logs.get(target.convId)?.at(-1)?.seq),
    () => 'all to have heard all',
    patienceMs,
  );

  expect(everybody.flatMap(({ faults }) => faults)).toEqual([]);
  expect(followers.flatMap(({ faults }) => faults)).toEqual([]);
  for (const [, log] of logs) expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  for (const { heard, target } of followers) expect(heard).toEqual(logs.get(target.convId));
  const stored = [...logs].flatMap(([convId, log]) =>
    log.filter(({ kind }) => kind === 'message').map(({ seq, from, clientMsgId }) => `${from} ${clientMsgId} ${convId} ${seq}`),
  );
  const acked = everybody.flatMap(({ person, acked }) =>
    [...acked].map(([key, { convId, seq }]) => `${person.id} ${key} ${convId} ${seq}`),
  );
  expect(stored.sort()).toEqual(acked.sort());
  expect(acked).toHaveLength(sumOf(everybody, 'sent'));
  for (const [, log] of logs) expect(outOfOrder(log)).toEqual([]);
  return acked.length;
}
