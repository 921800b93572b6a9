import { sharesIn } from './allocations';

type Node = Parameters<typeof sharesIn>[0];

const node = (functionName: string, selfSize: number, ...children: Node[]): Node => ({
  callFrame: { functionName, url: `file:///home/x/libs/kit/src/${functionName}.ts`, lineNumber: 9 },
  selfSize,
  children,
});

it('a function has what it allocated itself, wherever it was called from', () => {
  const tree = node('a', 10, node('b', 30), node('c', 20, node('b', 40)));
  expect(sharesIn(tree)).toEqual([
    { share: 0.7, where: 'b  libs/kit/src/b.ts:10' },
    { share: 0.2, where: 'c  libs/kit/src/c.ts:10' },
    { share: 0.1, where: 'a  libs/kit/src/a.ts:10' },
  ]);
});
