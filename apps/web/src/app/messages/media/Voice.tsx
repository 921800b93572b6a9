import type { ReactNode } from 'react';
import { LoaderCircle, Pause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useChat } from '../../chat-context';
import { durationText } from '../payload';
import { Document } from './Document';
import type { MediaProps } from './media';
import { player } from './player';
import { isRecording } from './recordings';
import styles from './Voice.module.css';
import { Wave } from './Wave';

/** So far (seconds) an arrow key goes. */
const keySeconds = 5;

/** A voice message or another recording: it plays in place, and a place in it can be chosen. */
export function Voice({ said, children }: MediaProps): ReactNode {
  const { t } = useTranslation();
  const { files } = useChat();
  const { fileId } = said;
  const heard = useStore(player.store, (now) => (fileId !== undefined && now.heard?.fileId === fileId ? now.heard : undefined));
  if (fileId === undefined) return <Document said={said}>{children}</Document>;
  if (heard?.state === 'failed') {
    return (
      <Document said={said} note={t('messages.cannotPlay')}>
        {children}
      </Document>
    );
  }
  const name = said.name === undefined || isRecording(said.name) ? t('messages.kinds.voice') : said.name;
  const duration = said.duration ?? 0;
  const at = Math.min(heard?.at ?? 0, duration || Infinity);
  const isOn = heard?.state === 'playing' || heard?.state === 'loading';
  const play = (from?: number) => player.play(fileId, () => files.peek(fileId) ?? files.link(fileId), from);
  const go = (to: number) => (heard ? player.move(to) : play(to));
  return (
    <div className={styles.voice}>
      <button
        type="button"
        className={styles.button}
        aria-label={t(isOn ? 'messages.pause' : 'messages.play', { name })}
        onClick={() => (isOn ? player.pause() : play())}
      >
        {heard?.state === 'loading' ? (
          <LoaderCircle size={20} className={styles.turning} aria-hidden="true" />
        ) : isOn ? (
          <Pause size={19} fill="currentColor" strokeWidth={0} aria-hidden="true" />
        ) : (
          <Play size={19} fill="currentColor" strokeWidth={0} className={styles.triangle} aria-hidden="true" />
        )}
      </button>
      <div className={styles.words}>
        {said.name !== undefined && !isRecording(said.name) && <bdi className={styles.name}>{said.name}</bdi>}
        <div className={styles.track}>
          <Wave levels={said.waveform} part={duration > 0 ? at / duration : 0} />
          {duration > 0 && (
            <input
              type="range"
              min={0}
              max={duration}
              step="any"
              value={at}
              aria-label={t('messages.position')}
              aria-valuetext={t('messages.positionOf', { at: durationText(at), of: durationText(duration) })}
              onChange={(event) => go(event.target.valueAsNumber)}
              onKeyDown={(event) => {
                const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
                if (step === 0) return;
                event.preventDefault();
                go(Math.min(duration, Math.max(0, at + step * Math.min(keySeconds, duration / 5))));
              }}
            />
          )}
        </div>
        <div className={styles.foot}>
          <span className={styles.time}>
            {heard ? durationText(at) : duration > 0 ? durationText(Math.max(1, duration)) : t('messages.kinds.voice')}
          </span>
          {heard && <Speed />}
          {children}
        </div>
      </div>
    </div>
  );
}

function Speed(): ReactNode {
  const { t } = useTranslation();
  const rate = useStore(player.store, (now) => now.rate);
  return (
    <button type="button" className={styles.speed} aria-label={t('messages.speed', { rate })} onClick={() => player.faster()}>
      {rate}×
    </button>
  );
}
