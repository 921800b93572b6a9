import { type Climb, type Climber, type Goal, type Rung, climb, holds } from './ladder';
import { ladderTable, ladderVerdicts } from './ladder-report';

const goals: readonly Goal[] = [
  { kind: 'holds', offered: 300 },
  { kind: 'sooner', offered: 300, peer: 'B' },
  { kind: 'further', peer: 'B', atLeast: 8 },
];
const plan: Climb = { name: 'ladder', unit: 'delivery', paces: [100, 300, 1_000], goals, absent: [], rounds: 1, seconds: 1 };
const silent = { progress: () => undefined };

/** Delivers up to its most per second; what it does is written down. */
function climber(name: string, most: number, p99: number, diary: string[] = []): Climber {
  return {
    name,
    step: async (offered) => {
      diary.push(`${name} ${offered}`);
      return { offered, perSecond: Math.min(offered, most), p50: 1, p99, serverShare: 0.5, loadShare: 0.5 };
    },
    renew: async () => void diary.push(`${name} anew`),
  };
}

const rung: Rung = { offered: 100, perSecond: 96, p99: 900, serverShare: 0, loadShare: 0 };

it.each([
  ['delivers nearly all, in less than a second', rung, true],
  ['delivers too little', { ...rung, perSecond: 94 }, false],
  ['is late', { ...rung, p99: 1_000 }, false],
  ['lost a client', { ...rung, broken: 'closed' }, false],
  ['broke before anything was measured', { offered: 100, perSecond: 100, serverShare: 0, loadShare: 0 }, false],
])('a server that %s holds or not', (_, one, expected) => {
  expect(holds(one)).toBe(expected);
});

it('all climb in turn, and one that has collapsed is not tried at higher paces', async () => {
  const diary: string[] = [];
  const { systems } = await climb(silent, plan, [climber('A', 1_000, 1, diary), climber('B', 200, 1, diary)]);
  expect(diary).toEqual(['A 100', 'B 100', 'A 300', 'B 300', 'A 1000']);
  expect(systems.map(({ steps }) => steps.map((step) => step.holds))).toEqual([
    [true, true, true],
    [true, false],
  ]);
});

it('after a collapse the next round has a fresh server, and most rounds decide', async () => {
  const diary: string[] = [];
  const moody = climber('A', 1_000, 1, diary);
  let round = 0;
  const step = async (offered: number): Promise<Rung> => ({
    ...(await moody.step(offered, 1)),
    ...(++round === 1 ? { broken: 'closed' } : {}),
  });
  const { systems } = await climb(silent, { ...plan, paces: [100], rounds: 3 }, [{ ...moody, step }]);
  expect(diary).toEqual(['A 100', 'A anew', 'A 100', 'A 100']);
  expect(systems[0]?.steps.map((one) => one.holds)).toEqual([true]);
});

it('goals are judged beside the peers of the same run', async () => {
  const good = await climb(silent, plan, [climber('A', 1_000, 5), climber('B', 110, 9)]);
  expect(ladderVerdicts(good).map(({ met }) => met)).toEqual([true, true, true]);
  const late = await climb(silent, plan, [climber('A', 1_000, 10), climber('B', 150, 9)]);
  expect(ladderVerdicts(late).map(({ met }) => met)).toEqual([true, false, false]);
  expect(ladderVerdicts(late)[2]?.text).toContain('6.67×');
  const weak = await climb(silent, plan, [climber('A', 110, 5), climber('B', 90, 9)]);
  expect(ladderVerdicts(weak).map(({ met }) => met)).toEqual([false, false, false]);
});

it('a peer that is not there is passed over, and the table says why', async () => {
  const alone = await climb(silent, { ...plan, absent: [{ name: 'B', why: 'not installed' }] }, [climber('A', 1_000, 5)]);
  expect(ladderVerdicts(alone)).toEqual([{ met: true, text: 'A holds 300/s: met' }]);
  expect(ladderTable(alone)).toMatch(/B +not installed/);
});
