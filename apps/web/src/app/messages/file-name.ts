/** Signs that end a line or turn the direction of text: behind one of them `gpj.exe` shows as `exe.jpg`. */
const misleading = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Whether a text shows otherwise than it is written. */
export const misleads = (text: string): boolean => misleading.test(text);

/** The name of a file that the server takes, and that shows as it is: without a path and without what misleads. */
export function safeName(name: string): string {
  const kept = name.replace(new RegExp(`[/\\\\]|${misleading.source}`, 'gu'), '_').toWellFormed();
  // The server counts in halves of what lies outside of the basic plane.
  const short = kept.length <= 255 ? kept : `${kept.slice(0, 230).toWellFormed()}…${kept.slice(-12).toWellFormed()}`;
  return short === '' || short === '.' || short === '..' ? 'file' : short;
}
