import type { BusMessage } from './bus';

/**
 * How messages to one topic travel in one payload:
 *
 *     version (1 byte) | publisher (6 bytes) | { head length (4) | head, JSON in UTF-8 | body length (4) | body } …
 *
 * Numbers are big-endian. A gateway drops what has another version.
 */
const version = 1;
const headerBytes = 7;
const lengthsBytes = 8;

/** Publishers are numbers below this one. */
export const publisherLimit = 2 ** 48 - 1;

/** A batch takes no more messages than this, and no more bytes unless it is a single message. */
export const batchLimits = { messages: 128, bytes: 256 * 1024 };

/** Messages to one topic that wait to be sent together. */
export class Batch {
  /** The length of the payload. */
  bytes = headerBytes;
  private readonly heads: string[] = [];
  private readonly headBytes: number[] = [];
  private readonly bodies: Buffer[] = [];

  get count(): number {
    return this.bodies.length;
  }

  /** Adds a message, unless the batch is full. */
  add(head: string, body: Buffer): boolean {
    const headLength = Buffer.byteLength(head);
    const bytes = this.bytes + lengthsBytes + headLength + body.length;
    if (this.count > 0 && (this.count >= batchLimits.messages || bytes > batchLimits.bytes)) return false;
    this.bytes = bytes;
    this.heads.push(head);
    this.headBytes.push(headLength);
    this.bodies.push(body);
    return true;
  }

  /** The payload. */
  encode(publisher: number): Buffer {
    const payload = Buffer.allocUnsafe(this.bytes);
    let at = payload.writeUIntBE(publisher, payload.writeUInt8(version), headerBytes - 1);
    for (let i = 0; i < this.count; i++) {
      const body = this.bodies[i] as Buffer;
      at = payload.writeUInt32BE(this.headBytes[i] as number, at);
      at += payload.write(this.heads[i] as string, at);
      at = payload.writeUInt32BE(body.length, at);
      at += body.copy(payload, at);
    }
    return payload;
  }
}

/** Who published a payload; `undefined` when it is nothing that this version writes. */
export function publisherOf(payload: Buffer): number | undefined {
  return payload.length >= headerBytes && payload[0] === version ? payload.readUIntBE(1, headerBytes - 1) : undefined;
}

/**
 * The messages of a payload, `undefined` when it is malformed. Bodies are views of the payload, not copies: one that is kept keeps the
 * whole of it in memory, and what came with it in one read from the socket (at most 64 KiB).
 */
export function decodeBatch<H>(payload: Buffer): BusMessage<H>[] | undefined {
  const messages: BusMessage<H>[] = [];
  try {
    for (let at = headerBytes; at < payload.length;) {
      const head = at + 4;
      const headEnd = head + payload.readUInt32BE(at);
      const body = headEnd + 4;
      const bodyEnd = body + payload.readUInt32BE(headEnd);
      if (bodyEnd > payload.length) return undefined;
      messages.push({ head: JSON.parse(payload.toString('utf8', head, headEnd)) as H, body: payload.subarray(body, bodyEnd) });
      at = bodyEnd;
    }
  } catch {
    return undefined;
  }
  return messages;
}
