import fc from 'fast-check';
import { coalesce, decodeJob, encodeJob } from './job';

const job = fc.record({
  convId: fc.constantFrom('group:a', 'group:b', 'group:c'),
  seq: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  mentions: fc.array(fc.constantFrom('ada', 'bob', '@all'), { maxLength: 5 }),
});

describe('a job', () => {
  it('is the same after it was written and read', () => {
    fc.assert(fc.property(job, (one) => expect(decodeJob(encodeJob(one))).toEqual(one)));
  });

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['a number', '7'],
    ['null', 'null'],
    ['another version', '{"v":2,"convId":"group:g","seq":1,"mentions":[]}'],
    ['a c2c', '{"v":1,"convId":"c2c:a:b","seq":1,"mentions":[]}'],
    ['no seq', '{"v":1,"convId":"group:g","mentions":[]}'],
    ['a seq below one', '{"v":1,"convId":"group:g","seq":0,"mentions":[]}'],
    ['mentions that are none', '{"v":1,"convId":"group:g","seq":1,"mentions":[7]}'],
  ])('is not read from %s, and what is said of that quotes nothing', (_, text) => {
    const read = () => decodeJob(text === null ? null : Buffer.from(text));
    expect(read).toThrow(TypeError);
    expect(read).toThrow(/^the record [a-z JSON]+$/);
  });
});

it('jobs that wait together are one for each group, with the highest seq and everybody who is mentioned', () => {
  fc.assert(
    fc.property(fc.array(job), (jobs) => {
      const together = coalesce(jobs);
      expect(together.map(({ convId }) => convId)).toEqual([...new Set(jobs.map(({ convId }) => convId))]);
      for (const { convId, seq, mentions } of together) {
        const own = jobs.filter((one) => one.convId === convId);
        expect(seq).toBe(Math.max(...own.map((one) => one.seq)));
        if (own.length > 1) expect([...mentions].sort()).toEqual([...new Set(own.flatMap((one) => one.mentions))].sort());
      }
    }),
  );
});
