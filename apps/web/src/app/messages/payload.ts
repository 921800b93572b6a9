import type { Message } from '@app/sdk';
import { safeName } from './file-name';

/** What a message says, by how it is shown. Payloads come from others: nothing about them is sure. */
export type Said =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'recalled' }
  /** The reader had left when it was edited. */
  | { readonly kind: 'gone' }
  | ({ readonly kind: 'image' | 'video' | 'voice' | 'file' } & SharedFile)
  | { readonly kind: 'unknown'; readonly type: string };

/** A file that a message carries. */
interface SharedFile {
  readonly fileId: string | undefined;
  readonly name: string | undefined;
  readonly size: number | undefined;
  readonly mimeType: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** A picture of it that is smaller than itself. */
  readonly thumbnailId: string | undefined;
  /** How loud a recording is from its beginning to its end: numbers from 0 to 100. */
  readonly waveform: readonly number[] | undefined;
}

type Content = Pick<Message, 'type' | 'payload' | 'recalled'>;

/** What a message says. */
export function saidIn({ type, payload, recalled }: Content): Said {
  if (recalled) return { kind: 'recalled' };
  if (!payload) return { kind: 'gone' };
  const text = textIn(payload.text);
  switch (type) {
    case 'text':
    case 'system':
    case 'stream':
      return text === undefined ? { kind: 'unknown', type } : { kind: 'text', text };
    case 'image':
    case 'video':
    case 'voice':
    case 'file':
      return {
        kind: type,
        fileId: textIn(payload.fileId),
        name: nameIn(payload.name),
        size: numberIn(payload.size),
        mimeType: textIn(payload.mimeType),
        width: numberIn(payload.width),
        height: numberIn(payload.height),
        duration: numberIn(payload.duration),
        thumbnailId: textIn(payload.thumbnailId),
        waveform: levelsIn(payload.waveform),
      };
    case 'card':
    case 'location':
    case 'custom':
      return { kind: 'unknown', type };
    default:
      return { kind: 'unknown', type: String(type) };
  }
}

/** How large a picture is shown: in its own proportions, within limits. Undefined when it does not say. */
export function shownSize(
  width: number | undefined,
  height: number | undefined,
  most: number,
): { width: number; height: number } | undefined {
  if (!width || !height) return undefined;
  const scale = Math.min(1, most / width, most / height);
  // Of a very long one only a part is shown.
  return { width: Math.max(150, Math.round(width * scale)), height: Math.max(60, Math.round(height * scale)) };
}

/** `1.4 MB`. */
export function sizeText(bytes: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const power = bytes < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1_000 ** power;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[power]!,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 || number >= 100 ? 0 : 1,
  }).format(number);
}

/** `1:05`. */
export const durationText = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** More levels than that are nobody's. */
const maxLevels = 1_000;

function levelsIn(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxLevels) return undefined;
  const levels = value.map(numberIn);
  return levels.every((level) => level !== undefined) ? levels.map((level) => Math.min(100, level)) : undefined;
}

/** A payload may call a file as no upload may: in the place of its name stands what shows as it is. */
const nameIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? safeName(value) : undefined);
const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
