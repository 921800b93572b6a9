import { setTimeout as sleep } from 'node:timers/promises';
import { ImError } from '@app/protocol';
import { eventually } from '@app/testing';
import { type Beat, type FanoutQueue, GivenUp } from './fanout-queue';
import type { FanoutJob } from './job';

/** Two ends of one queue that nobody else uses; they may be the same. */
export interface Ends {
  readonly producer: FanoutQueue;
  readonly consumer: FanoutQueue;
  /** The jobs that were laid aside, with their reasons. */
  laidAside(): Promise<readonly string[]> | readonly string[];
  close(): Promise<void>;
}

const job = (group: string, seq: number, ...mentions: string[]): FanoutJob => ({ convId: `group:${group}`, seq, mentions });

/** What every `FanoutQueue` promises. A queue that never gives `together` what waits together is shown as skipping that test. */
export function fanoutQueueContract(open: () => Promise<Ends>, { together = true } = {}): void {
  const itTogether = together ? it : it.skip;
  let ends: Ends;
  let done: FanoutJob[];
  beforeEach(async () => {
    ends = await open();
    done = [];
  });
  afterEach(() => ends.close());

  const produce = (...jobs: FanoutJob[]): Promise<void> => ends.producer.produce(jobs);
  const lastOf = (group: string) => done.filter(({ convId }) => convId === `group:${group}`).at(-1)?.seq ?? 0;
  const reached = (group: string, seq: number) =>
    eventually(
      () => lastOf(group) >= seq,
      () => `job ${seq} of ${group}; ${JSON.stringify(done)}`,
    );

  it('brings every job to be done, those of one group in order', async () => {
    await ends.consumer.consume((one) => Promise.resolve(void done.push(one)));
    for (let seq = 1; seq <= 5; seq++) await produce(job('a', seq), job('b', seq * 10));
    await Promise.all([reached('a', 5), reached('b', 50)]);
    for (const group of ['a', 'b']) {
      const seqs = done.filter(({ convId }) => convId === `group:${group}`).map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((x, y) => x - y));
    }
  });

  itTogether('brings those of a group that wait together as one: the highest seq, and everybody who is mentioned', async () => {
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    await ends.consumer.consume(async (one) => {
      done.push(one);
      if (done.length === 1) await held;
    });
    const first = produce(job('a', 1));
    await reached('a', 1);
    const later = Promise.all(Array.from({ length: 20 }, (_, i) => produce(job('a', 2 + i, `user${i % 3}`))));
    // Where producing ends before the work does, all of them wait by then.
    await Promise.race([later, sleep(3_000)]);
    go();
    await reached('a', 21);
    await Promise.all([first, later]);
    expect(done.length).toBeLessThan(10);
    expect([...new Set(done.flatMap(({ mentions }) => mentions))].sort()).toEqual(['user0', 'user1', 'user2']);
  });

  it('keeps what is produced before anybody consumes', async () => {
    const producing = produce(job('a', 1));
    await Promise.race([producing, sleep(200)]);
    await ends.consumer.consume((one) => Promise.resolve(void done.push(one)));
    await reached('a', 1);
    await producing;
  });

  it('tries a job again for as long as what it needs is away, and does not lay it aside', async () => {
    let tries = 0;
    await ends.consumer.consume((one) => {
      if (++tries <= 6) return Promise.reject(new ImError('UNAVAILABLE'));
      done.push(one);
      return Promise.resolve();
    });
    await produce(job('a', 1));
    await reached('a', 1);
    expect(tries).toBe(7);
    expect(await ends.laidAside()).toEqual([]);
  });

  it('lays a job aside that has failed five times, with the reason, and goes on with the others', async () => {
    const tries: number[] = [];
    await ends.consumer.consume((one) => {
      if (one.convId !== 'group:poison') return Promise.resolve(void done.push(one));
      tries.push(one.seq);
      return Promise.reject(new Error('it cannot be done'));
    });
    await produce(job('poison', 7), job('a', 1));
    await reached('a', 1);
    await eventually(
      async () => (await ends.laidAside()).length > 0,
      () => 'a dead letter',
    );
    expect(await ends.laidAside()).toEqual(['group:poison 7: it cannot be done']);
    expect(tries).toEqual([7, 7, 7, 7, 7]);
    await produce(job('a', 2));
    await reached('a', 2);
  });

  it('wants a job back when it closes, and does not wait for its end', async () => {
    let givenUp: unknown;
    await ends.consumer.consume(async (one, beat: Beat) => {
      done.push(one);
      try {
        for (;;) {
          await beat();
          await sleep(5);
        }
      } catch (error) {
        givenUp = error;
        throw error;
      }
    });
    const producing = produce(job('a', 1)).catch((error: unknown) => error);
    await reached('a', 1);
    await ends.consumer.close();
    expect(givenUp).toBeInstanceOf(GivenUp);
    // Whoever produced it knows whether it is kept.
    expect([undefined, 'UNAVAILABLE']).toContain(((await producing) as ImError | undefined)?.code);
  });
}
