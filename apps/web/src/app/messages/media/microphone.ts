import { recordingName } from './recordings';

/** Why nothing can be recorded: keys of texts. */
export type MicrophoneProblem = 'refused' | 'missing' | 'busy' | 'unsupported';

/** What the browser calls them. */
const problems: Readonly<Record<string, MicrophoneProblem>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
};

/** Nothing can be recorded. */
export class NoMicrophone extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

/** A recording is ended (ms) when it is so long. */
export const longestMs = 5 * 60_000;
/** Speech is clear at so many bits a second. */
const audioBitsPerSecond = 32_000;
/** What is recorded is handed over so often (ms): what a browser that fails has not handed over is lost. */
const sliceMs = 1_000;

const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'] as const;

/** A recording that runs. */
export interface Recording {
  /** Milliseconds since it began. */
  readonly length: () => number;
  /** How loud it is at this moment, from 0 to 1. */
  readonly level: () => number;
  /** Ends it, and answers what was recorded. */
  readonly finish: () => Promise<File>;
}

/**
 * Begins to record. The microphone is released when the recording ends in whatever way: by `finish`, by the signal, after `longestMs`, or
 * because it was pulled out; `ended` tells of the last two. Throws `NoMicrophone`, or the reason of the signal.
 */
export async function record(signal: AbortSignal, ended: () => void): Promise<Recording> {
  const stream = await listen();
  const release = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    // Whoever was asked for leave may have gone away meanwhile.
    signal.throwIfAborted();
    signal.addEventListener('abort', release);
    return begin(stream, release, signal, ended);
  } catch (error) {
    release();
    throw error;
  }
}

async function listen(): Promise<MediaStream> {
  // A page that came without HTTPS has no such thing.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices || typeof MediaRecorder === 'undefined') throw new NoMicrophone('unsupported');
  try {
    return await devices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    throw new NoMicrophone((error instanceof DOMException ? problems[error.name] : undefined) ?? 'busy');
  }
}

function begin(stream: MediaStream, release: () => void, signal: AbortSignal, ended: () => void): Recording {
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond, ...(mimeType === undefined ? {} : { mimeType }) });
  const meter = levelMeter(stream);
  const chunks: Blob[] = [];
  const beganAt = performance.now();
  let length: number | undefined;
  let isWanted = true;
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const stopped = new Promise<void>((resolve) => {
    recorder.onstop = () => {
      length ??= performance.now() - beganAt;
      clearTimeout(timer);
      meter.close();
      release();
      resolve();
      if (isWanted) ended();
    };
  });
  const stop = () => {
    isWanted = false;
    if (recorder.state !== 'inactive') recorder.stop();
  };
  signal.addEventListener('abort', stop);
  const timer = setTimeout(() => recorder.stop(), longestMs);
  recorder.start(sliceMs);
  return {
    length: () => length ?? performance.now() - beganAt,
    level: meter.level,
    finish: async () => {
      stop();
      await stopped;
      const type = recorder.mimeType === '' ? 'audio/webm' : recorder.mimeType;
      return new File(chunks, recordingName(type), { type });
    },
  };
}

function levelMeter(stream: MediaStream): { readonly level: () => number; readonly close: () => void } {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1_024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // Ears hear in steps of ten times the power: 50 dB below the loudest is nothing here.
      return Math.min(1, Math.max(0, 1 + (10 * Math.log10(power + 1e-9)) / 50));
    },
    close: () => void context.close().catch(() => undefined),
  };
}
