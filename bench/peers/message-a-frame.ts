import type { Wire } from './peer';

/**
 * Reads a protocol in which every message has a frame of its own. `isMessage` tells one by its bytes from `start`; `tail` is how many bytes
 * are behind the payload.
 */
export const messageAFrame =
  (isMessage: (bytes: Buffer, start: number) => boolean, tail: number): Wire['reader'] =>
  (heard) =>
  (bytes, start, end) =>
    isMessage(bytes, start) ? heard.message(bytes, end - tail) : heard.other(bytes, start, end);
