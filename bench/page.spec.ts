import type { LadderResult } from './ladder';
import { readOptions } from './options';
import { pageOf } from './page';
import type { Run } from './run';
import { type CaseResult, type SurveyResult, cpu, memory } from './scenario';

const machine = { node: 'v20', cores: 2, cpu: 'A <fast> one', memoryGb: 4, kernel: '6.1', load: [1, 2, 3] };
const sample = (cost: number) => ({ cost, perSecond: 1_000 });

const fanOut: CaseResult = {
  name: 'fan-out, 1000',
  unit: 'delivery',
  cost: cpu,
  systems: [
    { name: 'Parley', samples: [sample(1), sample(2)], median: sample(1) },
    { name: 'peer & co', target: { atLeast: 20 }, samples: [sample(30)], median: sample(30) },
    { name: 'other', target: { atMost: 0.5 }, samples: [sample(1.5)], median: sample(1.5) },
  ],
  absent: [{ name: 'nats-server', why: 'not installed' }],
};

const cluster: SurveyResult = {
  name: 'cluster',
  rows: [{ title: 'ack, ms: p50 / p99', figures: ['p50', 'p99'], atMost: 2 }],
  systems: [{ name: 'three gateways', samples: [], median: { p50: 1.5, p99: 9 } }],
};

const step = (offered: number, perSecond: number, p99: number, held: boolean) => {
  const middle = { offered, perSecond, p99, serverShare: 1, loadShare: 0.5 };
  return { offered, holds: held, rounds: [middle], middle };
};

const ladder: LadderResult = {
  name: 'offered',
  unit: 'delivery',
  paces: [50_000, 300_000],
  goals: [{ kind: 'holds', offered: 300_000 }],
  systems: [
    { name: 'Parley', steps: [step(50_000, 50_000, 3, true), step(300_000, 299_000, 10, true)] },
    { name: 'peer', steps: [step(50_000, 20_000, 3_000, false)] },
  ],
  absent: [],
};

function page(...results: Run['results']): string {
  const options = readOptions(['--quick']);
  if (!options) throw new Error('help was asked for');
  return pageOf({ startedAt: new Date(0), seconds: 61, options, machine, results });
}

it('a page needs no other file, and has the machine on it', () => {
  const html = page(fanOut, cluster, ladder);
  expect(html).not.toMatch(/https?:|<script|<link|src=|url\(/);
  expect(html).toContain('A &#60;fast&#62; one, 2 cores');
  expect(html).toContain('<strong>3 of 4 targets met</strong>');
});

it('a case has a bar for each system, with a dot a round, how far it has to reach, and who is missing', () => {
  const html = page(fanOut);
  expect(html.match(/<rect class="bar/g)).toHaveLength(3);
  expect(html.match(/<circle class="round"/g)).toHaveLength(4);
  expect(html.match(/class="goal met"/g)).toHaveLength(1);
  expect(html.match(/class="goal missed"/g)).toHaveLength(1);
  expect(html).toContain("30.0 · 30.0× Parley's");
  expect(html).toContain('<td>peer &#38; co</td>');
  expect(html).toContain('<td>nats-server</td><td>not installed</td>');
});

it('the bar of Parley has a mark where its limit is, and the axis says what is counted', () => {
  const html = page({ ...fanOut, cost: memory, limit: 1.5 });
  expect(html.match(/class="goal met"/g)).toHaveLength(2);
  expect(html).toContain('memory KB per delivery; less is better');
});

it('a bar and how far it has to reach are drawn to one scale', () => {
  const html = page(fanOut);
  const [ours = 0, peer = 0] = [...html.matchAll(/<rect class="bar[^"]*" x="\S+" y="\S+" width="(\S+)"/g)].map(([, width]) =>
    Number(width),
  );
  const from = Number(/<rect class="bar[^"]*" x="(\S+)"/.exec(html)?.[1]);
  const goal = Number(/<line class="goal met" x1="(\S+)"/.exec(html)?.[1]) - from;
  expect(peer / ours).toBeCloseTo(30, 0);
  expect(goal / peer).toBeCloseTo(20 / 30, 2);
});

it('a survey keeps figures that are read together in one cell, and judges its targets', () => {
  const html = page(cluster);
  expect(html).toContain('<td>1.50 / 9.00</td><td><span class="met">✓ ≤ 2.00: met</span></td>');
});

it('a ladder has two charts of lines, hollow where a system collapses', () => {
  const html = page(ladder);
  expect(html.match(/<polyline/g)).toHaveLength(4);
  expect(html.match(/class="dot s1 open"/g)).toHaveLength(2);
  expect(html).not.toContain('NaN');
});

it('a run without results is a page too', () => {
  expect(page()).toContain('0 of 0 targets met');
});
