import { caseVerdicts, scoreOf, tableOf } from './report';
import { type CaseResult, type Sample, cpu, memory } from './scenario';

const system = (name: string, median: Sample) => ({ name, samples: [median], median });

const idle: CaseResult = {
  name: 'idle',
  unit: 'connection',
  cost: memory,
  limit: 10,
  systems: [system('Parley', { cost: 8 }), { ...system('peer', { cost: 10 }), target: { atMost: 0.65 } }],
};

const durable: CaseResult = {
  name: 'durable',
  unit: 'ack',
  cost: cpu,
  systems: [
    system('Parley', { cost: 40, ofStore: 25, perSecond: 9_000 }),
    { ...system('peer', { cost: 400, ofStore: 300, perSecond: 900 }), target: { atLeast: 8 } },
  ],
};

const cellsOf = (table: string) => table.split('\n').map((line) => line.trim().split(/ {2,}/));

it('Parley is judged by the limit of its case, and a peer by how it compares', () => {
  expect(caseVerdicts(idle)).toEqual([
    { met: true, text: '≤ 10.0 KB: met' },
    { met: false, text: '≤ 0.650 of what it needs: short by 19 %' },
  ]);
  expect(caseVerdicts({ ...idle, limit: 5 })[0]).toEqual({ met: false, text: '≤ 5.00 KB: short by 38 %' });
  expect(scoreOf([idle, durable])).toBe('2 of 3 targets met');
});

it('a case says what it counts and in which unit, with no column for what nobody has', () => {
  expect(cellsOf(tableOf([idle]))).toEqual([
    ['idle', 'memory KB/connection', 'vs Parley', 'target'],
    ['Parley', '8.00', '≤ 10.0 KB: met'],
    ['peer', '10.0', '1.25×', '≤ 0.650 of what it needs: short by 19 %'],
  ]);
});

it('the part of the cost that the store has stands beside the whole', () => {
  expect(cellsOf(tableOf([durable]))).toEqual([
    ['durable', 'CPU µs/ack', 'of it, store', 'acks/s', 'vs Parley', 'target'],
    ['Parley', '40.0', '25.0', '9,000'],
    ['peer', '400', '300', '900', '10.0×', '≥ 8.00×: met'],
  ]);
});
