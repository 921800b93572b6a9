/** A type without its parameters, in lower case. */
export const essenceOf = (mimeType: string): string => (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();

/** What is known of bytes that do not tell. */
const anyBytes = 'application/octet-stream';

/** Other names of types. */
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-ms-bmp': 'image/bmp',
  'image/x-bmp': 'image/bmp',
  'image/vnd.microsoft.icon': 'image/x-icon',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mp3': 'audio/mpeg',
  'audio/x-mpeg': 'audio/mpeg',
  'audio/wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/m4a': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/x-aac': 'audio/aac',
  'audio/aacp': 'audio/aac',
  'audio/x-flac': 'audio/flac',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'video/x-m4v': 'video/mp4',
  'video/x-matroska': 'video/matroska',
  'audio/x-matroska': 'audio/matroska',
};

/** Containers whose first bytes do not tell sound from pictures, or one sort from the next: what was declared counts. */
const containers: readonly (readonly string[])[] = [
  ['video/mp4', 'audio/mp4', 'video/quicktime', 'video/3gpp', 'audio/3gpp', 'video/3gpp2', 'audio/3gpp2'],
  ['video/webm', 'audio/webm', 'video/matroska', 'audio/matroska'],
  ['video/ogg', 'audio/ogg'],
];

/** What passes for each other: what was found counts. */
const kin: readonly (readonly string[])[] = [
  ['image/png', 'image/apng'],
  ['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'],
];

/** Archives and folders of a kind of their own, found as what they are made of. */
const madeOf: Readonly<Record<string, RegExp>> = {
  'application/zip':
    /^application\/(vnd\.openxmlformats-officedocument\.[\w.]+|vnd\.oasis\.opendocument\.[\w.-]+|epub\+zip|vnd\.apple\.\w+)$/,
  'application/x-cfb': /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook|project)|vnd\.visio)$/,
};

/** Text that no program carries out. */
const harmlessText: ReadonlySet<string> = new Set([
  'text/plain',
  'text/csv',
  'text/tab-separated-values',
  'text/markdown',
  'text/vcard',
  'text/calendar',
  'application/json',
  'application/x-ndjson',
  'application/yaml',
]);

/** What a browser may show in place. None of these runs anything. */
const inline: ReadonlySet<string> = new Set([
  ...['png', 'apng', 'jpeg', 'gif', 'webp', 'avif', 'bmp'].map((name) => `image/${name}`),
  ...['mpeg', 'mp4', 'aac', 'ogg', 'wav', 'webm', 'flac', '3gpp', 'amr'].map((name) => `audio/${name}`),
  ...['mp4', 'webm', 'ogg', 'quicktime', '3gpp', '3gpp2', 'matroska'].map((name) => `video/${name}`),
]);

const isMedia = (type: string): boolean => /^(image|audio|video)\//.test(type);
const canonical = (type: string): string => aliases[type] ?? type;
const together = (sets: readonly (readonly string[])[], a: string, b: string): boolean =>
  sets.some((set) => set.includes(a) && set.includes(b));

/**
 * The type of a file: what its bytes say, and where they do not tell, what was declared, if that can do no harm. `undefined` when it was
 * declared as an image, a sound or a video and is none of the kind.
 */
export function typeOf(declared: string, found: string | undefined, isText: boolean): string | undefined {
  const said = canonical(essenceOf(declared));
  const seen = found === undefined ? undefined : canonical(essenceOf(found));
  // An SVG is a document that runs scripts: it is kept as bytes.
  if (said === 'image/svg+xml') return seen === undefined || /xml$/.test(seen) ? anyBytes : undefined;
  if (isMedia(said)) {
    if (seen === undefined) return undefined;
    if (together(containers, said, seen)) return said;
    return said === seen || together(kin, said, seen) ? seen : undefined;
  }
  // Words may begin as pictures do, `BM` is a bitmap; and nobody says of a sound that it is text.
  if (harmlessText.has(said) && (isText || seen === undefined || seen.startsWith('audio/'))) return said;
  if (seen === undefined) return anyBytes;
  return madeOf[seen]?.test(said) === true ? said : seen;
}

/** Whether the beginning of a file is text in UTF-8. */
export function looksLikeText(head: Uint8Array): boolean {
  // A character may be cut by the end of what is seen.
  const text = new TextDecoder().decode(head, { stream: true });
  return !/(?!\s)\p{Cc}|\ufffd/u.test(text);
}

/** Length of an encoded name that browsers are told. It is encoded once more in a URL at a storage, of which proxies pass 4 KiB on. */
const toldLength = 1_000;

/** What a browser is to do with a file of a name and a type (RFC 6266, RFC 8187); all of it in ASCII. A long name loses its middle. */
export function dispositionOf({ name, mimeType }: { name: string; mimeType: string }): string {
  const told = shortened(name);
  const plain = told.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(told).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${inline.has(mimeType) ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function shortened(name: string): string {
  if (encodeURIComponent(name).length <= toldLength) return name;
  const marks = [...name];
  return [...marks.slice(0, 60), '…', ...marks.slice(-20)].join('');
}
