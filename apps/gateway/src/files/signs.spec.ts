import fc from 'fast-check';
import { bearsOut } from './signs';

/** A frame of so many bytes that begins with a header. */
const frame = (length: number, ...header: number[]): Buffer => Buffer.concat([Buffer.from(header), Buffer.alloc(length - header.length)]);

/** Frames by what their headers say: version, layer, kilobits, samples per second. */
const frames: readonly (readonly [what: string, type: string, frame: Buffer])[] = [
  ['MPEG 1 layer III, 128 kbit/s, 44.1 kHz', 'audio/mpeg', frame(417, 0xff, 0xfb, 0x90, 0x00)],
  ['the same with a slot more', 'audio/mpeg', frame(418, 0xff, 0xfb, 0x92, 0x00)],
  ['MPEG 1 layer II, 192 kbit/s, 48 kHz', 'audio/mpeg', frame(576, 0xff, 0xfd, 0xa4, 0x00)],
  ['MPEG 1 layer I, 128 kbit/s, 44.1 kHz', 'audio/mpeg', frame(136, 0xff, 0xff, 0x40, 0x00)],
  ['MPEG 2 layer III, 64 kbit/s, 22.05 kHz', 'audio/mpeg', frame(208, 0xff, 0xf3, 0x80, 0x00)],
  ['MPEG 2.5 layer III, 8 kbit/s, 8 kHz', 'audio/mpeg', frame(72, 0xff, 0xe3, 0x18, 0x00)],
  ['AAC', 'audio/aac', frame(371, 0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc)],
];

describe('a sound', () => {
  it.each(frames)('is borne out by two frames in a row: %s', (_, type, one) => {
    expect(bearsOut(Buffer.concat([one, one]), type)).toBe(true);
    expect(bearsOut(Buffer.concat([one, one.subarray(0, 7)]), type)).toBe(true);
    expect(bearsOut(one, type)).toBe(true);
  });

  const others = frames.map(([what, type, one], i) => [what, type, one, frames[(i + 2) % frames.length]?.[2] ?? one] as const);
  it.each(others)('is not by one with something else behind it: %s', (_, type, one, other) => {
    for (const next of [other, Buffer.alloc(500), Buffer.of(0xff)]) expect(bearsOut(Buffer.concat([one, next]), type)).toBe(false);
    for (const end of [1, 4, 7, one.length - 1]) expect(bearsOut(one.subarray(0, end), type)).toBe(false);
  });

  it('is by a tag, which stands before the frames', () => {
    for (const type of ['audio/mpeg', 'audio/aac']) expect(bearsOut(Buffer.from('ID3\x04\0\0\0\0\0\0'), type)).toBe(true);
  });
});

it.each([
  ['UTF-16', Buffer.from('\ufeffhello, world', 'utf16le')],
  ['Latin-1', Buffer.from('ÿûÿóÿñÿý, said ÿû', 'latin1')],
  ['Latin-1 that begins as a bitmap', Buffer.from('BMé, this is what I was told yesterday', 'latin1')],
])('text is neither a sound nor a bitmap: %s', (_, text) => {
  for (const type of ['audio/mpeg', 'audio/aac', 'image/bmp']) expect(bearsOut(text, type)).toBe(false);
});

it('a bitmap is borne out by the length of its header', () => {
  const bitmap = Buffer.alloc(54);
  bitmap.write('BM');
  bitmap.writeUInt32LE(40, 14);
  expect(bearsOut(bitmap, 'image/bmp')).toBe(true);
  expect(bearsOut(bitmap.subarray(0, 17), 'image/bmp')).toBe(false);
});

it('what more bytes are the sign of needs nothing else', () => {
  expect(bearsOut(Buffer.alloc(0), 'image/png')).toBe(true);
});

it('whatever the bytes are, there is an answer', () => {
  const bytes = fc.uint8Array({ maxLength: 64 }).map((tail) => new Uint8Array([0xff, ...tail]));
  fc.assert(
    fc.property(bytes, fc.constantFrom('audio/mpeg', 'audio/aac', 'image/bmp'), (head, type) => {
      expect(typeof bearsOut(head, type)).toBe('boolean');
    }),
  );
});
