import { createStore } from 'zustand/vanilla';
import { quietFilms } from './films';

/** The recording that is heard, or was until somebody paused it. */
interface Heard {
  readonly fileId: string;
  readonly state: 'loading' | 'playing' | 'paused' | 'failed';
  /** Seconds from its beginning. */
  readonly at: number;
}

/** Answers where a recording can be read: at once, where that is known. */
type Ask = () => string | undefined | Promise<string | undefined>;

/** So often (ms) it is told how far a recording is. */
const tickMs = 80;
const rates = [1, 1.5, 2] as const;

/**
 * Plays recordings, one at a time, and no film beside it. It is apart from what shows it: a list that is scrolled away goes on to be heard,
 * and shows how far it is when it is back.
 */
class Player {
  readonly store = createStore<{ readonly heard: Heard | undefined; readonly rate: (typeof rates)[number] }>(() => ({
    heard: undefined,
    rate: 1,
  }));
  private audio: HTMLAudioElement | undefined;
  private ask: Ask = () => undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** Of one that failed another address was asked for. */
  private renewed = false;

  /** Begins with a recording, or goes on with it; from `at` seconds on, where that is said. */
  play(fileId: string, ask: Ask, at?: number): void {
    quietFilms();
    const { heard } = this.store.getState();
    if (heard?.fileId !== fileId || !this.audio) {
      this.renewed = false;
      void this.begin(fileId, ask, at ?? (heard?.fileId === fileId ? heard.at : 0));
      return;
    }
    if (at !== undefined) this.move(at);
    void this.start(this.audio);
  }

  pause(): void {
    const { audio } = this;
    if (!audio || audio.src !== '') return audio?.pause();
    // It is not known yet where it can be read: nothing is to begin when it is.
    this.release();
    this.tell({ state: 'paused' });
  }

  /** Goes to a place (seconds) of what is heard, and leaves it paused if it is. */
  move(at: number): void {
    if (this.audio) this.audio.currentTime = at;
    this.tell({ at });
  }

  /** The next speed. */
  faster(): void {
    const { rate } = this.store.getState();
    const next = rates[(rates.indexOf(rate) + 1) % rates.length] ?? 1;
    this.store.setState({ rate: next });
    if (this.audio) this.audio.playbackRate = next;
  }

  /** Ends it. */
  stop(): void {
    this.release();
    this.store.setState({ heard: undefined });
  }

  private async begin(fileId: string, ask: Ask, at: number): Promise<void> {
    this.release();
    const audio = new Audio();
    this.audio = audio;
    this.ask = ask;
    this.store.setState({ heard: { fileId, state: 'loading', at } });
    this.listen(audio, at);
    // What is known already must not wait: browsers play what is begun by a click, and not a while after it.
    const asked = ask();
    const url = typeof asked === 'object' ? await asked.catch(() => undefined) : asked;
    if (this.audio !== audio) return;
    if (url === undefined) return this.tell({ state: 'failed' });
    audio.src = url;
    await this.start(audio);
  }

  private listen(audio: HTMLAudioElement, at: number): void {
    const on = (name: string, then: () => void) => audio.addEventListener(name, () => this.audio === audio && then());
    if (at > 0) on('loadedmetadata', () => (audio.currentTime = at));
    on('playing', () => {
      this.renewed = false;
      this.tell({ state: 'playing' });
      clearInterval(this.timer);
      this.timer = setInterval(() => this.tell({ at: audio.currentTime }), tickMs);
    });
    on('waiting', () => this.tell({ state: 'loading' }));
    on('pause', () => {
      clearInterval(this.timer);
      if (!audio.ended && !audio.error) this.tell({ state: 'paused', at: audio.currentTime });
    });
    on('ended', () => this.stop());
    on('error', () => this.failed());
  }

  private failed(): void {
    const { heard } = this.store.getState();
    if (!heard) return;
    this.release();
    // Its address may have ended while it was paused: then the next click asks for another one.
    if (heard.state === 'paused') return;
    if (this.renewed) return this.tell({ state: 'failed' });
    this.renewed = true;
    void this.begin(heard.fileId, this.ask, heard.at);
  }

  private async start(audio: HTMLAudioElement): Promise<void> {
    audio.playbackRate = this.store.getState().rate;
    try {
      await audio.play();
    } catch {
      // What cannot be played is an `error` too; what the browser does not allow waits for another click.
      if (this.audio === audio && !audio.error) this.tell({ state: 'paused' });
    }
  }

  private release(): void {
    clearInterval(this.timer);
    const { audio } = this;
    this.audio = undefined;
    audio?.pause();
    audio?.removeAttribute('src');
  }

  private tell(fields: Partial<Heard>): void {
    const { heard } = this.store.getState();
    if (heard) this.store.setState({ heard: { ...heard, ...fields } });
  }
}

/** The only one of the page. */
export const player = new Player();
