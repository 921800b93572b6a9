import { bars, levelsOf } from './levels';

/** What a file tells of itself, so that its place is known before it is loaded. */
export interface Measured {
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Seconds. */
  readonly duration?: number;
  /** How loud it is from its beginning to its end, from 0 to 100. */
  readonly waveform?: readonly number[];
}

/** A smaller picture is so large (px) at most: bubbles show half of it, on screens with two points to a pixel. */
const smallPx = 640;
/** A picture of fewer bytes is small enough to be shown as it is. */
const smallBytes = 300_000;
/** A longer recording (bytes) is not taken apart: it would fill the memory. */
const maxTakenApart = 8_000_000;
/** Samples per second that are enough to draw a recording. */
const drawnRate = 8_000;
/** For so long (ms) it is waited for a film to tell of itself. */
const patienceMs = 5_000;

/** What there is to be known of a file, and a small picture of it where that is worth it. Of what nobody can read, nothing. */
export async function measured(kind: 'image' | 'video' | 'voice', file: Blob): Promise<{ about: Measured; small?: Blob | undefined }> {
  try {
    if (kind === 'image') return await ofPicture(file);
    return kind === 'video' ? await ofFilm(file) : { about: await ofRecording(file) };
  } catch {
    return { about: {} };
  }
}

async function ofPicture(file: Blob) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  // Others may move.
  const isStill = /^image\/(png|jpeg)$/.test(file.type);
  const small = isStill && file.size > smallBytes ? await smaller(bitmap, width, height) : undefined;
  bitmap.close();
  return { about: { width, height }, small };
}

async function ofFilm(file: Blob) {
  const url = URL.createObjectURL(file);
  const film = Object.assign(document.createElement('video'), { muted: true, playsInline: true, preload: 'auto' });
  try {
    const loaded = told(film, 'loadeddata');
    film.src = url;
    await loaded;
    const duration = await durationOf(film);
    const { videoWidth: width, videoHeight: height } = film;
    // What was recorded by a browser may be dark at its very first moment.
    await seek(film, Math.min(1, (duration ?? 0) / 3)).catch(() => undefined);
    const small = width > 0 ? await smaller(film, width, height) : undefined;
    return { about: { ...(width > 0 ? { width, height } : {}), ...(duration === undefined ? {} : { duration }) }, small };
  } finally {
    film.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

async function ofRecording(file: Blob): Promise<Measured> {
  if (file.size > maxTakenApart) return ofSound(file);
  const sound = await new OfflineAudioContext(1, 1, drawnRate).decodeAudioData(await file.arrayBuffer()).catch(() => undefined);
  if (!sound) return ofSound(file);
  return { duration: tenths(sound.duration), waveform: levelsOf(sound.getChannelData(0), bars) };
}

/** How long a recording is that is too large to be taken apart. */
async function ofSound(file: Blob): Promise<Measured> {
  const url = URL.createObjectURL(file);
  const sound = document.createElement('audio');
  try {
    const loaded = told(sound, 'loadedmetadata');
    sound.src = url;
    await loaded;
    const duration = await durationOf(sound);
    return duration === undefined ? {} : { duration };
  } finally {
    sound.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

/** What a browser records does not say how long it is: that is known when its end was looked for. */
async function durationOf(media: HTMLMediaElement): Promise<number | undefined> {
  if (media.duration === Infinity) {
    const found = Promise.all([told(media, 'durationchange'), told(media, 'seeked')]);
    media.currentTime = 1e7;
    await found.catch(() => undefined);
  }
  return Number.isFinite(media.duration) ? tenths(media.duration) : undefined;
}

async function seek(media: HTMLMediaElement, at: number): Promise<void> {
  const there = told(media, 'seeked');
  media.currentTime = at;
  await there;
}

async function smaller(picture: CanvasImageSource, width: number, height: number): Promise<Blob | undefined> {
  const scale = Math.min(1, smallPx / width, smallPx / height);
  const canvas = Object.assign(document.createElement('canvas'), {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/webp', 0.8));
}

function told(media: HTMLMediaElement, event: 'loadedmetadata' | 'loadeddata' | 'durationchange' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patienceMs);
    media.addEventListener(event, () => resolve(), { once: true });
    media.addEventListener('error', () => reject(new Error('unreadable')), { once: true });
    signal.addEventListener('abort', () => reject(new Error('too slow')), { once: true });
  });
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;
