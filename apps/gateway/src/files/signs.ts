/** Kilobits per second by the index in a header of MPEG sound, of version 1 by layer, and of the later versions. */
const bitrates: Readonly<Record<string, readonly number[]>> = {
  '1I': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1II': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1III': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2I': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2II': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2III': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
/** Samples per second by the index in the header, of version 1; halved for version 2, and once more for 2.5. */
const sampleRates = [44_100, 48_000, 32_000];
/** Lengths that the second header of a bitmap has. */
const bitmapHeaders: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** Types that two bytes are the sign of, and what else must be there. */
const borneOut: Readonly<Record<string, (head: Uint8Array) => boolean>> = {
  'audio/mpeg': (head) => startsWith(head, 'ID3') || hasFrames(head, mpegFrame),
  'audio/aac': (head) => startsWith(head, 'ID3') || hasFrames(head, adtsFrame),
  'image/bmp': (head) => bitmapHeaders.has(viewOf(head, 14)?.getUint32(14, true) ?? 0),
};

/**
 * Whether the beginning of a file bears out what its first bytes say it is. Two bytes are little: text in UTF-16 or Latin-1 may begin as a
 * sound or a bitmap does.
 */
export const bearsOut = (head: Uint8Array, mimeType: string): boolean => borneOut[mimeType]?.(head) ?? true;

/** Whether sound begins with two frames of one kind, or with a single one that is all there is. */
function hasFrames(head: Uint8Array, frameAt: (view: DataView) => Frame | undefined): boolean {
  // The mark of text in UTF-16.
  if (head[0] === 0xff && head[1] === 0xfe) return false;
  const first = frameOf(head, 0, frameAt);
  if (!first) return false;
  return first.length === head.length || frameOf(head, first.length, frameAt)?.kind === first.kind;
}

interface Frame {
  /** Bytes, its header among them. */
  readonly length: number;
  /** What all frames of one sound have in common. */
  readonly kind: number;
}

function frameOf(head: Uint8Array, at: number, frameAt: (view: DataView) => Frame | undefined): Frame | undefined {
  const view = viewOf(head.subarray(at), 0);
  return view && frameAt(view);
}

/** ISO 11172-3 and 13818-3, 2.4.1.3. */
function mpegFrame(view: DataView): Frame | undefined {
  const bits = view.getUint32(0);
  const [version, layer] = [['2.5', undefined, '2', '1'][(bits >>> 19) & 3], [undefined, 'III', 'II', 'I'][(bits >>> 17) & 3]];
  const rate = sampleRates[(bits >>> 10) & 3];
  if (bits >>> 21 !== 0x7ff || version === undefined || layer === undefined || rate === undefined) return undefined;
  const kilobits = bitrates[(version === '1' ? '1' : '2') + layer]?.[((bits >>> 12) & 15) - 1];
  if (kilobits === undefined) return undefined;
  const perSecond = rate / (version === '1' ? 1 : version === '2' ? 2 : 4);
  const slot = layer === 'I' ? 4 : 1;
  const samples = layer === 'I' ? 384 : layer === 'II' || version === '1' ? 1152 : 576;
  const length = Math.floor((samples * kilobits * 125) / perSecond / slot + ((bits >>> 9) & 1)) * slot;
  return { length, kind: bits & 0xfffe_0c00 };
}

/** ISO 13818-7, 6.2. */
function adtsFrame(view: DataView): Frame | undefined {
  if (view.byteLength < 7) return undefined;
  const bits = view.getUint32(0);
  const length = (view.getUint32(2) >>> 5) & 0x1fff;
  if (bits >>> 20 !== 0xfff || ((bits >>> 17) & 3) !== 0 || ((bits >>> 10) & 15) > 12 || length < 7) return undefined;
  return { length, kind: bits & 0xfffe_3c00 };
}

const startsWith = (head: Uint8Array, sign: string): boolean => [...sign].every((mark, i) => head[i] === mark.charCodeAt(0));

/** A view of bytes that go on for four more behind an offset. */
const viewOf = ({ buffer, byteOffset, length }: Uint8Array, offset: number): DataView | undefined =>
  length < offset + 4 ? undefined : new DataView(buffer, byteOffset, length);
