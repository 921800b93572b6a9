import { isIP } from 'node:net';
import { parseRedisUrl, redisUrlForms } from '@app/kit';
import { masked, type Visibility } from './mask';

/** A value as it stands in a source: one text, or the items of a YAML sequence. Both layers are read by the same rules. */
export type Raw = string | readonly string[];

/** What a reading gives: the value, or the part of the raw value that does not fit. */
type Reading<T> = { readonly value: T } | { readonly refused: Raw };

/** A kind of value: what fits, in words (`expects`, follows "expected") and in code (`read`), and how it may be shown. */
export interface Kind<T> {
  readonly expects: string;
  readonly visibility: Visibility;
  read(raw: Raw): Reading<T>;
}

/** A raw value of this kind as an error line shows it: masked, quoted, on one line. */
export function quoted(raw: Raw, visibility: Visibility): string {
  if (visibility === 'secret') return masked(typeof raw === 'string' ? raw : raw.join(), visibility) || '""';
  return JSON.stringify(typeof raw === 'string' ? masked(raw, visibility) : raw.map((item) => masked(item, visibility)));
}

/** A kind read from one text; `parse` gives undefined for what does not fit. */
function single<T>(expects: string, parse: (text: string) => T | undefined, visibility: Visibility = 'plain'): Kind<T> {
  return {
    expects,
    visibility,
    read(raw) {
      const value = typeof raw === 'string' ? parse(raw) : undefined;
      return value === undefined ? { refused: raw } : { value };
    },
  };
}

function matching(expects: string, fits: (text: string) => boolean, visibility?: Visibility): Kind<string> {
  return single(expects, (text) => (fits(text) ? text : undefined), visibility);
}

function within(pattern: RegExp, min: number, max: number) {
  return (text: string) => {
    const value = pattern.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** Decimal digits only: no sign, exponent, fraction, separator, blank or leading zero. */
export const wholeNumber = (min: number, max: number) => single(`a whole number from ${min} to ${max}`, within(/^(0|[1-9]\d*)$/, min, max));

/** Like a whole number, with an optional decimal fraction. */
export const decimalNumber = (min: number, max: number) =>
  single(`a number from ${min} to ${max}`, within(/^(0|[1-9]\d*)(\.\d+)?$/, min, max));

const flags = new Map(Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }));

/** True or false, in any of the usual spellings. */
export const flag = single('true or false (or yes/no, on/off, 1/0)', (text) => flags.get(text.toLowerCase()));

/** One of a few words, in any case. */
export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return single(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text.toLowerCase()));
}

/** Any text with something in it. */
export const filePath = matching('a path', (text) => text.trim() !== '' && !text.includes('\0'));

/** A plain name: of a topic or a group in Kafka, of a region. */
export const plainName = matching('a name of up to 200 letters, digits, ".", "_" or "-"', (text) => /^[\w.-]{1,200}$/.test(text));

/** Any text. */
export const anyText = matching('a text', () => true);

/** A name or address to bind to. */
export const hostName = matching('a host name or an IP address', (text) => /^[\w.:%-]+$/.test(text));

// A blank or line end around a secret is nearly always an accident of `echo`, and another program may trim it away.
/** A text that is never shown. */
export const secret = matching('a text without blanks or line ends around it', (text) => text.trim() === text, 'secret');

/** `sqlite:<path>` or `mysql://user:password@host:port/database`. */
export const databaseUrl = matching(
  'sqlite:<path> or mysql://user:password@host:port/database',
  (text) => /^sqlite:./.test(text) || isMysqlUrl(text),
  'url',
);

/** `mysql://user:password@host:port/database`. */
export const mysqlUrl = matching('mysql://user:password@host:port/database', isMysqlUrl, 'url');

/** One Redis, the master that Sentinels name, or a Cluster. */
export const redisUrl = matching(redisUrlForms, (text) => parseRedisUrl(text) !== undefined, 'url');

/** The beginning of names in a shared service. */
export const namePrefix = matching('1 to 64 of A-Z a-z 0-9 . _ : -', (text) => /^[\w.:-]{1,64}$/.test(text));

/** `host:port`. */
export const hostAndPort = matching('host:port', (text) => {
  const port = /^(?:\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65535;
});

/** An address, or a network as address/bits. */
export const network = matching('an IP address or a network such as 10.0.0.0/8', (text) => {
  const [address = '', bits, ...rest] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && (bits === undefined ? most > 0 : /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= most);
});

/** An origin, brought into the form in which browsers send it. */
export const origin = single('an origin such as https://chat.example.com', (text) => {
  const url = parsedUrl(text);
  if (!url || url.hostname === '' || /\s/.test(text)) return undefined;
  if (url.username || url.password || url.search || url.hash || !['', '/'].includes(url.pathname)) return undefined;
  // Only web schemes have an origin in the URL standard; web views send others, such as capacitor://localhost.
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;
});

/** The address that further paths are put behind, brought into a form without a slash at its end. */
export const webAddress = single('an address such as https://files.example.com', (text) => {
  const url = parsedUrl(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || /\s/.test(text)) return undefined;
  if (url.username || url.password || url.search || url.hash || /[?#]$/.test(text)) return undefined;
  return url.href.replace(/\/+$/, '');
});

/** The name of a bucket, in AWS or in what speaks like it. */
export const bucketName = matching('3 to 63 of A-Z a-z 0-9 . _ -', (text) => /^[a-z0-9][\w.-]{1,61}[a-z0-9]$/i.test(text));

/** The beginning of names in a bucket: folders of plain names, each with a slash behind it. */
export const keyPrefix = matching('folders such as parley/, with a slash at the end', (text) =>
  /^(?=.{1,512}$)(?:(?!\.{1,2}\/)[\w.-]+\/)+$/.test(text),
);

/** Several values of one kind: a YAML sequence, or one text with commas between. Empty items are left out. */
export function listOf<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    expects: `a list, each item ${item.expects}`,
    visibility: item.visibility,
    read(raw) {
      const texts = typeof raw === 'string' ? raw.split(',').map((text) => text.trim()) : raw;
      const values: T[] = [];
      for (const text of texts.filter((candidate) => candidate !== '')) {
        const reading = item.read(text);
        if ('refused' in reading) return reading;
        values.push(reading.value);
      }
      return { value: values };
    },
  };
}

function parsedUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isMysqlUrl(text: string): boolean {
  const url = parsedUrl(text);
  return url?.protocol === 'mysql:' && url.hostname !== '' && url.pathname.length > 1;
}
