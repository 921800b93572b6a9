import { ParleyError } from './errors';

/** So much JSON is around the data of a frame: the action, the ref, the braces. */
const frameAround = 96;

/** The JSON of a frame's data. Throws `BAD_REQUEST` when it has none. */
export function jsonOf(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch (error) {
    throw new ParleyError('BAD_REQUEST', `this cannot be written as JSON: ${String(error)}`);
  }
}

/** What is wrong with the size of a frame; most are so short that their bytes need not be counted. */
export function sizeProblem(json: string, maxFrameBytes: number): ParleyError | undefined {
  const room = maxFrameBytes - frameAround;
  if (json.length * 3 <= room || (json.length <= room && new TextEncoder().encode(json).length <= room)) return undefined;
  return new ParleyError('TOO_LARGE', `a frame has at most ${maxFrameBytes} bytes`);
}
