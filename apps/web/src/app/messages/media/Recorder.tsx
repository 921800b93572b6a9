import { type ReactNode, useEffect, useRef, useState } from 'react';
import { MicOff, SendHorizontal, Trash2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../../kit/Button';
import { holdPage } from '../../../kit/renewal';
import { tell } from '../../../kit/toasts';
import { durationText } from '../payload';
import { quietFilms } from './films';
import { type MicrophoneProblem, NoMicrophone, type Recording, longestMs, record } from './microphone';
import { player } from './player';
import styles from './Recorder.module.css';

/** A shorter recording (ms) was a slip. */
const shortestMs = 600;
/** So often (ms) it is measured how loud it is. */
const meterMs = 90;
/** So many levels are shown. */
const shownLevels = 90;

interface RecorderProps {
  /** It is to be sent. */
  readonly onDone: (file: File) => void;
  /** It is over, sent or not. */
  readonly onClose: () => void;
}

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'running' | 'ended'; readonly recording: Recording }
  | { readonly kind: 'failed'; readonly problem: MicrophoneProblem };

/** Records a voice message from the moment it is shown, in the place of the field; loaded when somebody wants to record. */
export default function Recorder({ onDone, onClose }: RecorderProps): ReactNode {
  const { t } = useTranslation();
  const [state, setState] = useState<State>({ kind: 'asking' });
  const isSending = useRef(false);

  useEffect(() => {
    const over = new AbortController();
    player.pause();
    quietFilms();
    record(over.signal, () => setState((now) => (now.kind === 'running' ? { ...now, kind: 'ended' } : now))).then(
      (recording) => setState({ kind: 'running', recording }),
      (error: unknown) => {
        if (!over.signal.aborted) setState({ kind: 'failed', problem: error instanceof NoMicrophone ? error.problem : 'busy' });
      },
    );
    // A page that loads itself anew would lose it.
    const free = holdPage(() => true);
    return () => {
      free();
      over.abort();
    };
  }, []);

  const send = async () => {
    if (state.kind !== 'running' && state.kind !== 'ended') return;
    if (isSending.current) return;
    isSending.current = true;
    const { recording } = state;
    const isTooShort = recording.length() < shortestMs;
    const file = await recording.finish();
    if (isTooShort || file.size === 0) tell(t('composer.voice.tooShort'));
    else onDone(file);
    onClose();
  };

  return (
    <div
      className={styles.recorder}
      role="group"
      aria-label={t('composer.voice.recording')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onClose();
      }}
    >
      {state.kind === 'failed' ? (
        <>
          <MicOff size={20} className={styles.off} aria-hidden="true" />
          <p className={styles.problem} role="alert">
            {t(`composer.voice.${state.problem}`)}
          </p>
          <IconButton label={t('messages.close')} autoFocus onClick={onClose}>
            <X size={20} aria-hidden="true" />
          </IconButton>
        </>
      ) : (
        <>
          <IconButton label={t('composer.voice.discard')} autoFocus onClick={onClose}>
            <Trash2 size={20} aria-hidden="true" />
          </IconButton>
          {state.kind === 'asking' ? (
            <p className={styles.asking} role="status">
              {t('composer.voice.asking')}
            </p>
          ) : (
            <>
              <Meter recording={state.recording} runs={state.kind === 'running'} />
              {/* Who began by the keyboard ends by one key. */}
              <IconButton label={t('composer.voice.send')} className={styles.send} autoFocus onClick={() => void send()}>
                <SendHorizontal size={19} aria-hidden="true" />
              </IconButton>
            </>
          )}
        </>
      )}
    </div>
  );
}

/** How long a recording is and how loud it was in the last seconds. */
function Meter({ recording, runs }: { readonly recording: Recording; readonly runs: boolean }): ReactNode {
  const { t } = useTranslation();
  const [levels, setLevels] = useState<readonly number[]>([]);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setLevels((now) => [...now, recording.level()].slice(-shownLevels)), meterMs);
    return () => clearInterval(timer);
  }, [recording, runs]);
  const seconds = recording.length() / 1_000;
  return (
    <>
      <span className={styles.time} data-runs={runs} role="timer">
        {durationText(seconds)}
      </span>
      {runs ? (
        <span className={styles.levels} aria-hidden="true">
          {levels.map((level, i) => (
            <i key={i} style={{ height: `${Math.max(8, level * 100)}%` }} />
          ))}
        </span>
      ) : (
        <span className={styles.asking} role="status">
          {t(seconds * 1_000 >= longestMs ? 'composer.voice.longest' : 'composer.voice.ended', { length: durationText(longestMs / 1_000) })}
        </span>
      )}
      <span className="visually-hidden" role="status">
        {runs && t('composer.voice.recording')}
      </span>
    </>
  );
}
