import { Readable } from 'node:stream';
import { headBytes, headOf, lookAt } from './look';

const box = (type: string, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4);
  return Buffer.concat([head, content]);
};

/** An AVIF that says so many times that it has 5 × 4 pixels. */
const avif = (times: number): Buffer => {
  const size = box('ispe', Buffer.from([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 4]));
  const sizes = box('ipco', ...Array.from({ length: times }, () => size));
  return Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0avifmif1')), box('meta', Buffer.alloc(4), box('iprp', sizes))]);
};

describe('the head of an AVIF', () => {
  it('tells its pixels', async () => {
    expect(await lookAt(avif(2), 'image/avif')).toEqual({ mimeType: 'image/avif', width: 5, height: 4 });
  });

  // The package that reads it looks at all sizes for each of them.
  it('is not read for them when it is crammed with sizes', async () => {
    const crammed = avif(6_000);
    expect(crammed.length).toBeLessThan(headBytes);
    expect(await lookAt(crammed, 'image/avif')).toEqual({ mimeType: 'image/avif', width: null, height: null });
  });
});

describe('the head of a stream', () => {
  it('is as long as was asked for, also of a storage that sends all of it', async () => {
    let sent = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          sent += 1000;
          yield Buffer.alloc(1000, 7);
        }
      })(),
      { highWaterMark: 1 },
    );
    expect(await headOf(endless, 2500)).toEqual(new Uint8Array(2500).fill(7));
    expect(endless.destroyed).toBe(true);
    expect(sent).toBeLessThan(10_000);
  });

  it('is all of a short one', async () => {
    expect(await headOf(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 10)).toEqual(new Uint8Array([97, 98, 99]));
  });
});
