/** The server takes payloads of up to so many bytes of JSON, unless it is configured otherwise. */
const maxPayloadBytes = 32_768;
/** From so near to the limit on it is told how much is left. */
const tellFrom = 0.9;

/** How a text stands to the limit of the server: undefined while it is far from it. */
export function roomFor(text: string): { readonly bytes: number; readonly left: number } | undefined {
  // A character has at most six bytes of JSON.
  if (text.length * 6 < maxPayloadBytes * tellFrom) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify({ text })).length;
  return bytes < maxPayloadBytes * tellFrom ? undefined : { bytes, left: maxPayloadBytes - bytes };
}
