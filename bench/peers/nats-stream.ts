import type { OnText } from '../load/raw-socket';
import type { Heard } from './peer';

const [m, cr, lf, zero, nine] = Buffer.from('M\r\n09') as unknown as readonly [number, number, number, number, number];
const lineEnd = '\r\n'.length;

/**
 * Reads what a NATS server says to one client: lines, and behind a line `MSG <subject> <sid> <bytes>` the payload and an end of line. Frames
 * are no borders: one may hold many messages, or end within one. Throws on what is not NATS.
 */
export function natsReader(heard: Heard): OnText {
  let rest: Buffer | undefined;
  return (bytes, start, end) => {
    const joined = rest && Buffer.concat([rest, bytes.subarray(start, end)]);
    const [stream, from, to] = joined ? [joined, 0, joined.length] : [bytes, start, end];
    const read = readWhole(stream, from, to, heard);
    rest = read < to ? Buffer.from(stream.subarray(read, to)) : undefined;
  };
}

/** Reads what is there as a whole and answers where the rest begins. */
function readWhole(bytes: Buffer, from: number, to: number, heard: Heard): number {
  let start = from;
  while (start < to) {
    let end = start;
    while (end < to && bytes[end] !== lf) end++;
    if (end === to) break;
    if (bytes[end - 1] !== cr) throw new Error(`not a line of NATS: ${bytes.toString('latin1', start, end)}`);
    if (bytes[start] !== m) {
      heard.other(bytes, start, end - 1);
      start = end + 1;
      continue;
    }
    const payload = end + 1;
    const behind = payload + sizeAtEnd(bytes, end - 1);
    if (behind + lineEnd > to) break;
    if (bytes[behind] !== cr || bytes[behind + 1] !== lf) throw new Error('a message of NATS is longer than it says');
    heard.message(bytes, behind);
    start = behind + lineEnd;
  }
  return start;
}

/** The number whose last digit stands before `end`. */
function sizeAtEnd(bytes: Buffer, end: number): number {
  let size = 0;
  let worth = 1;
  for (let at = end - 1; ; at--) {
    const digit = bytes[at] ?? 0;
    if (digit < zero || digit > nine) return size;
    size += (digit - zero) * worth;
    worth *= 10;
  }
}
