import { z } from 'zod';
import type { ErrorBody } from './errors';
import { wellFormed } from './ids';

/** The longest `ref` that is echoed. */
export const maxRefLength = 128;

const refSchema = z.string().max(maxRefLength).refine(wellFormed);

/** A frame from a client, before its action is known. */
interface ClientFrame {
  readonly action: string;
  readonly ref: string | undefined;
  readonly data: unknown;
}

/** What could be made of a client's text: a frame, or what is wrong with it, with the ref if one could be read. */
export type ParsedFrame =
  ({ readonly ok: true } & ClientFrame) | { readonly ok: false; readonly ref: string | undefined; readonly problem: string };

/** Reads a client's text as a frame. Never throws. */
export function parseFrame(text: string): ParsedFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, ref: undefined, problem: 'the frame is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, ref: undefined, problem: 'the frame is not a JSON object' };
  }
  const { action, ref, data } = value as Record<string, unknown>;
  const readRef = refSchema.safeParse(ref);
  if (ref !== undefined && !readRef.success) {
    return { ok: false, ref: undefined, problem: `ref must be a string of at most ${maxRefLength} characters` };
  }
  // Such a key would be lost on the way, silently; REST refuses it too.
  if (/"__proto__"\s*:/.test(text)) return { ok: false, ref: readRef.data, problem: 'the frame holds a key __proto__' };
  if (typeof action !== 'string') return { ok: false, ref: readRef.data, problem: 'the frame has no action' };
  return { ok: true, action, ref: readRef.data, data: data ?? {} };
}

/** The text of an ack. */
export function encodeAck(ref: string | undefined, data: unknown): string {
  return JSON.stringify({ action: 'ack', ref, data });
}

/** The text of an error reply. */
export function encodeError(ref: string | undefined, body: ErrorBody): string {
  return JSON.stringify({ action: 'error', ref, data: body });
}

/** The text of an event. */
export function encodeEvent(event: string, data: unknown): string {
  return JSON.stringify({ action: event, data });
}
