/** What recordings are called that are made here: such a name need not be shown. */
const stem = 'voice-message';

/** The name of a recording, by the type of its bytes. */
export const recordingName = (mimeType: string): string =>
  `${stem}.${/mp4/.test(mimeType) ? 'm4a' : /ogg/.test(mimeType) ? 'ogg' : 'webm'}`;

/** Whether a file was recorded here, or in another tab like this one. */
export const isRecording = (name: string): boolean => name.startsWith(`${stem}.`);
