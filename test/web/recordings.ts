import type { Page } from 'playwright-core';

/** Records in the page until what is drawn and heard there is over; answers the bytes. */
async function recorded(page: Page, mimeType: string, parts: string): Promise<Buffer> {
  const text = await page.evaluate<string>(`(async () => {
    const context = new AudioContext();
    await context.resume();
    const tone = context.createOscillator();
    const sound = context.createMediaStreamDestination();
    tone.connect(sound);
    tone.start();
    const stream = sound.stream;
    ${parts}
    const recorder = new MediaRecorder(stream, { mimeType: ${JSON.stringify(mimeType)} });
    const chunks = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    await over;
    recorder.stop();
    await ended;
    await context.close();
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  })()`);
  return Buffer.from(text, 'base64');
}

/** A tone, as a browser records it: it does not say how long it is. */
export const tone = (page: Page, lengthMs = 1_500): Promise<Buffer> =>
  recorded(page, 'audio/webm;codecs=opus', `const over = new Promise((resolve) => setTimeout(resolve, ${lengthMs}));`);

/** A film of 40 pictures and a tone, 320 × 180, as a browser records it. */
export const film = (page: Page): Promise<Buffer> =>
  recorded(
    page,
    'video/webm;codecs=vp8,opus',
    `const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
    const pen = canvas.getContext('2d');
    stream.addTrack(canvas.captureStream(25).getVideoTracks()[0]);
    const over = new Promise((resolve) => {
      let drawn = 0;
      const timer = setInterval(() => {
        pen.fillStyle = '#1c2a4a';
        pen.fillRect(0, 0, 320, 180);
        pen.fillStyle = '#e0c18a';
        pen.fillRect(drawn * 6, 60, 60, 60);
        if (++drawn < 40) return;
        clearInterval(timer);
        resolve();
      }, 40);
    });`,
  );

/** The beginning of a recording: enough to tell its type, and nothing to be played. */
export const broken = (recording: Buffer): Buffer => recording.subarray(0, 150);
