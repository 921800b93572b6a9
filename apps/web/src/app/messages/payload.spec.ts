import { durationText, saidIn, shownSize, sizeText } from './payload';

describe('what a message says', () => {
  it('is its text', () => expect(saidIn({ type: 'text', payload: { text: 'hi' } })).toEqual({ kind: 'text', text: 'hi' }));

  it('is nothing when it was taken back, or its payload is gone', () => {
    expect(saidIn({ type: 'text', payload: { text: 'hi' }, recalled: true })).toEqual({ kind: 'recalled' });
    expect(saidIn({ type: 'text' })).toEqual({ kind: 'gone' });
  });

  it('is honest about what it does not know', () => {
    expect(saidIn({ type: 'location', payload: { lat: 1 } })).toEqual({ kind: 'unknown', type: 'location' });
    expect(saidIn({ type: 'text', payload: { text: 5 } })).toEqual({ kind: 'unknown', type: 'text' });
    expect(saidIn({ type: 'poll' as 'text', payload: {} })).toEqual({ kind: 'unknown', type: 'poll' });
  });

  it('takes of a file what is of the right kind', () => {
    const payload = { fileId: 'f1', name: {}, size: -1, width: '9', height: 20, mimeType: 'image/png' };
    expect(saidIn({ type: 'image', payload })).toEqual({
      kind: 'image',
      fileId: 'f1',
      name: undefined,
      size: undefined,
      mimeType: 'image/png',
      width: undefined,
      height: 20,
      duration: undefined,
      thumbnailId: undefined,
      waveform: undefined,
    });
  });

  it.each([
    [
      [0, 40, 250],
      [0, 40, 100],
    ],
    [[], undefined],
    [[1, 'x'], undefined],
    [[1, -1], undefined],
    ['12', undefined],
    [new Array(2_000).fill(1), undefined],
  ])('takes how loud a recording is where that can be drawn: %j', (waveform, expected) => {
    expect(saidIn({ type: 'voice', payload: { waveform } })).toMatchObject({ waveform: expected });
  });
});

describe('a picture', () => {
  it('is shown in its proportions, within its limit', () => {
    expect(shownSize(640, 320, 320)).toEqual({ width: 320, height: 160 });
    expect(shownSize(200, 100, 320)).toEqual({ width: 200, height: 100 });
  });

  it('is never too small to be pressed', () => expect(shownSize(2, 2, 320)).toEqual({ width: 150, height: 60 }));

  it('has no size when it does not say', () => expect(shownSize(undefined, 10, 320)).toBeUndefined());
});

describe('numbers of files', () => {
  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_400, '1.4 kB'],
    [2_000_000, '2 MB'],
    [123_456_789, '123 MB'],
  ])('%i is %s', (bytes, text) => expect(sizeText(bytes, 'en')).toBe(text));

  it('says durations in minutes and seconds', () => expect(durationText(65)).toBe('1:05'));
});

describe('the name of a file', () => {
  it('shows as it is written, whatever a payload says', () => {
    const nameOf = (name: unknown) => {
      const said = saidIn({ type: 'file', payload: { fileId: 'f1', name } });
      return said.kind === 'file' ? said.name : said;
    };
    expect(nameOf('photo\u202egpj.exe')).toBe('photo_gpj.exe');
    expect(nameOf('../\u2066a\n.pdf')).toBe('..__a_.pdf');
    expect((nameOf('x'.repeat(10_000)) as string).length).toBeLessThanOrEqual(255);
    expect([nameOf(''), nameOf(7), nameOf(undefined)]).toEqual([undefined, undefined, undefined]);
  });
});
