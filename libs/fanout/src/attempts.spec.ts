import { ImError } from '@app/protocol';
import { attempt } from './attempts';
import { GivenUp } from './fanout-queue';

const job = { convId: 'group:g', seq: 1, mentions: [] };

/** Works on a job whose tries end as told, and then well. */
async function tryJob(failures: readonly Error[], { layAsideFails = 0, beats = Infinity } = {}) {
  const results: string[] = [];
  const laidAside: string[] = [];
  let [tries, beat, fails] = [0, 0, layAsideFails];
  const given = attempt(job, {
    work: () => {
      const failure = failures[tries++];
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
    beat: () => (++beat > beats ? Promise.reject(new GivenUp()) : Promise.resolve()),
    restMs: 0,
    ended: (result) => results.push(result),
    layAside: (_, reason) => {
      if (fails-- > 0) return Promise.reject(new Error('the queue is away'));
      laidAside.push(reason);
      return Promise.resolve();
    },
  });
  const givenUp = await given.then(
    () => false,
    (error: unknown) => error instanceof GivenUp,
  );
  return { results, laidAside, tries, givenUp };
}

const broken = (times: number) => Array.from({ length: times }, (_, i) => new Error(`no ${i + 1}`));
const away = (times: number) => Array.from({ length: times }, () => new ImError('UNAVAILABLE'));

describe('a job', () => {
  it('that can be done is done once', async () => {
    expect(await tryJob([])).toEqual({ results: ['done'], laidAside: [], tries: 1, givenUp: false });
  });

  it('that fails is tried five times and then laid aside, with the reason', async () => {
    expect(await tryJob(broken(9))).toEqual({
      results: ['failed', 'failed', 'failed', 'failed', 'failed', 'dead'],
      laidAside: ['no 5'],
      tries: 5,
      givenUp: false,
    });
  });

  it('that fails four times is done the fifth', async () => {
    expect(await tryJob(broken(4))).toMatchObject({ laidAside: [], tries: 5 });
  });

  it('that waits for something which is away is never laid aside for that', async () => {
    const { results, laidAside } = await tryJob([...away(4), ...broken(1), ...away(3)]);
    expect(results).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'failed', 'waiting', 'waiting', 'waiting', 'done']);
    expect(laidAside).toEqual([]);
  });

  it('is not lost when it cannot be laid aside', async () => {
    const { results, laidAside } = await tryJob(broken(9), { layAsideFails: 1 });
    expect(results.slice(-2)).toEqual(['waiting', 'dead']);
    expect(laidAside).toEqual(['no 5']);
  });

  it('is given back between two tries when the queue wants it', async () => {
    expect(await tryJob(away(100), { beats: 3 })).toMatchObject({ givenUp: true, laidAside: [] });
  });

  it('lets it pass that the work gave it up', async () => {
    expect(await tryJob([new GivenUp()])).toMatchObject({ givenUp: true, tries: 1, results: [] });
  });
});
