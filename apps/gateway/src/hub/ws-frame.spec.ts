import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { textFrame } from './ws-frame';

// The library exports its receiver; its types do not know.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean; skipUTF8Validation: boolean }) => Writable };

/** What a client's receiver makes of these bytes, given in pieces of a size. */
function decoded(bytes: Buffer, pieceSize = bytes.length): string[] {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false, skipUTF8Validation: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => texts.push(isBinary ? 'binary' : data.toString()));
  receiver.on('error', (error) => texts.push(String(error)));
  for (let at = 0; at < bytes.length; at += pieceSize) receiver.write(bytes.subarray(at, at + pieceSize));
  return texts;
}

describe('a text frame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %i bytes is read as one text by a WebSocket library', (length) => {
    const text = 'a'.repeat(length);
    expect(decoded(textFrame(text))).toEqual([text]);
    expect(decoded(textFrame(text), 1_000)).toEqual([text]);
  });

  it.each([
    [125, '漢'.repeat(41) + 'é'],
    [126, '漢'.repeat(42)],
    [65_535, '漢'.repeat(21_845)],
    [65_536, '🍣'.repeat(16_384)],
  ])('of %i bytes outside ASCII counts bytes, not characters', (bytes, text) => {
    expect(Buffer.byteLength(text)).toBe(bytes);
    expect(decoded(textFrame(text))).toEqual([text]);
  });

  it('may stand right behind another', () => {
    const texts = ['', 'b'.repeat(126), 'c', 'd'.repeat(65_536), 'e'];
    expect(decoded(Buffer.concat(texts.map(textFrame)), 777)).toEqual(texts);
  });

  it('is final, unmasked and as short as it can be', () => {
    expect([...textFrame('hi')]).toEqual([0x81, 2, 0x68, 0x69]);
    expect([textFrame('x'.repeat(125)).length, textFrame('x'.repeat(126)).length, textFrame('x'.repeat(65_536)).length]).toEqual([
      127, 130, 65_546,
    ]);
  });
});
