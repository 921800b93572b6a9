import { askedRange, isKnown } from './ranges';

const etag = '"a"';
const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });

describe('a range', () => {
  it.each([
    ['bytes=0-', part(0, 99)],
    ['bytes=0-0', part(0, 0)],
    ['bytes=10-19', part(10, 19)],
    ['bytes=90-1000', part(90, 99)],
    ['bytes=-1', part(99, 99)],
    ['bytes=-1000', part(0, 99)],
    [`bytes=90-${'9'.repeat(20)}`, part(90, 99)],
    [`bytes=-${'9'.repeat(400)}`, part(0, 99)],
    ['Bytes= 5 - 6 ', part(5, 6)],
  ])('%s is a part', (range, asked) => {
    expect(askedRange(100, etag, { range })).toEqual(asked);
  });

  const far = [16, 20, 400].flatMap((digits) => [`bytes=${'9'.repeat(digits)}-`, `bytes=${'9'.repeat(digits)}-${'9'.repeat(digits)}`]);
  it.each(['bytes=100-', 'bytes=100-200', ...far, 'bytes=-0'])('%s is beyond the end', (range) => {
    expect(askedRange(100, etag, { range })).toEqual({ kind: 'beyond' });
  });

  it.each([undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=5-1', 'bytes=0-1,5-6', 'pages=1-2', 'bytes=1e1-'])(
    '%s is the whole',
    (range) => {
      expect(askedRange(100, etag, { range })).toEqual({ kind: 'whole' });
    },
  );

  it('counts only for the bytes that `If-Range` names', () => {
    expect(askedRange(100, etag, { range: 'bytes=1-2', ifRange: etag })).toEqual(part(1, 2));
    for (const ifRange of ['"b"', `W/${etag}`, 'Thu, 01 Jan 2026 00:00:00 GMT'])
      expect(askedRange(100, etag, { range: 'bytes=1-2', ifRange })).toEqual({ kind: 'whole' });
  });
});

it('bytes are known by their tag, in a list too', () => {
  for (const known of [etag, `W/${etag}`, `"b", ${etag}`, '*']) expect(isKnown(etag, known)).toBe(true);
  for (const other of [undefined, '', '"b"', 'a']) expect(isKnown(etag, other)).toBe(false);
});
