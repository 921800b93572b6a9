import type { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type/core';
import { disableTypes, imageSize } from 'image-size';
import { ImError } from '@app/protocol';
import { looksLikeText, typeOf } from './mime';
import { bearsOut } from './signs';

/** Bytes at the beginning of a file that are looked at, and no others. Headers of images, a camera's notes among them, are not longer. */
export const headBytes = 128 * 1024;

/** So many of them tell the pixels of an AVIF. The time for that grows with their square: a full head of sizes would take a second. */
const avifBytes = 16 * 1024;

/** What the beginning of a file says. */
export interface Looks {
  readonly mimeType: string;
  /** Pixels, as the image is to be shown. */
  readonly width: number | null;
  readonly height: number | null;
}

/** Images whose headers are read. */
const measured: ReadonlySet<string> = new Set(['png', 'apng', 'jpeg', 'gif', 'webp', 'bmp', 'avif'].map((name) => `image/${name}`));
disableTypes(['cur', 'dds', 'icns', 'ico', 'j2c', 'jp2', 'jxl', 'jxl-stream', 'ktx', 'pnm', 'psd', 'svg', 'tga', 'tiff']);

const mostPixels = 2 ** 31 - 1;

/** Looks at the beginning of a file. Throws `BAD_REQUEST` when it is no image, sound or video although it was declared as one. */
export async function lookAt(head: Uint8Array, declared: string): Promise<Looks> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  const seen = found && bearsOut(head, found.mime) ? found.mime : undefined;
  const mimeType = typeOf(declared, seen, looksLikeText(head));
  if (mimeType === undefined) {
    const message = `the bytes are not ${declared}`;
    throw new ImError('BAD_REQUEST', message, { issues: [{ path: 'mimeType', message }] });
  }
  return { mimeType, ...pixelsOf(head, mimeType) };
}

/** The first bytes of a stream, so many at most: a storage may send more than it was asked for. The stream is at its end then. */
export async function headOf(bytes: Readable, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length >= most) break;
  }
  return new Uint8Array(Buffer.concat(parts).subarray(0, most));
}

function pixelsOf(head: Uint8Array, mimeType: string): Pick<Looks, 'width' | 'height'> {
  const none = { width: null, height: null };
  if (!measured.has(mimeType)) return none;
  try {
    const { width, height, orientation = 1 } = imageSize(mimeType === 'image/avif' ? head.subarray(0, avifBytes) : head);
    if (![width, height].every((side) => Number.isInteger(side) && side >= 1 && side <= mostPixels)) return none;
    // A camera that was held on its side says so.
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return none;
  }
}
