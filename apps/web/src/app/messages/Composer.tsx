import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  Suspense,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { Mic, Paperclip, SendHorizontal, Smile } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { clock, moment } from '../../i18n/times';
import { IconButton } from '../../kit/Button';
import { part } from '../../kit/part';
import { useChat } from '../chat-context';
import styles from './Composer.module.css';
import { DropPlace } from './DropPlace';
import { IntentBar } from './IntentBar';
import { MentionList } from './mentions';
import { lastOwnText } from './rows';
import type { WhyNot } from './writing';
import { type WritingHere, useWritingHere } from './writing-here';

const EmojiPicker = part(() => import('./EmojiPicker'));
const Recorder = part(() => import('./media/Recorder'));

interface ComposerProps extends WritingHere {
  readonly why: WhyNot | undefined;
}

/** Where something is said; why it cannot be, where it cannot. */
export function Composer(props: ComposerProps): ReactNode {
  return props.why ? <Closed why={props.why} /> : <Field {...props} />;
}

function Closed({ why }: { readonly why: WhyNot }): ReactNode {
  const { t } = useTranslation();
  const until = why.reason === 'muted' ? (why.until - Date.now() > 86_400_000 ? moment(why.until) : clock(why.until)) : '';
  return <p className={styles.closed}>{why.reason === 'loading' ? '\u00a0' : t(`composer.why.${why.reason}`, { until })}</p>;
}

function Field(props: WritingHere): ReactNode {
  const { convId, line, intent, onIntent } = props;
  const { t } = useTranslation();
  const chat = useChat();
  const [showsEmoji, setShowsEmoji] = useState(false);
  const [records, setRecords] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const here = useWritingHere(props, field);
  const { text, write, insert, setCaret, mentions, choose, room, isTooLong, isEditing, stopIntent, canSend, send, attach } = here;
  const isSlow = line?.role === 'member' && (line.minSecondsBetweenMessages ?? 0) > 0;
  useGrowing(field, text);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method puts a word together the keys are its own; 229 is how older ones say so.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (mentions.isOpen && mentions.onKey(event.key, choose)) return event.preventDefault();
    if (event.key === 'Enter' && !event.shiftKey && !hasTouch()) {
      event.preventDefault();
      return send();
    }
    if (event.key === 'Escape' && intent) {
      event.preventDefault();
      return stopIntent();
    }
    if (event.key !== 'ArrowUp' || text !== '' || intent) return;
    const last = lastOwnText(chat.store.getState().windows[convId]?.entries ?? [], chat.userId);
    if (!last) return;
    event.preventDefault();
    onIntent({ kind: 'edit', message: last });
  };

  return (
    <div className={styles.composer}>
      <DropPlace onFiles={attach} />
      {intent && <IntentBar intent={intent} onStop={stopIntent} />}
      {mentions.isOpen && <MentionList mentions={mentions} onChoose={choose} />}
      {showsEmoji && (
        <Suspense>
          <EmojiPicker
            onChoose={(emoji) => insert(emoji)}
            onClose={() => {
              setShowsEmoji(false);
              field.current?.focus();
            }}
          />
        </Suspense>
      )}
      {room && (
        <p className={styles.room} data-over={isTooLong} role="status">
          {isTooLong ? t('composer.tooLong', { count: -room.left }) : t('composer.left', { count: room.left })}
        </p>
      )}
      {records ? (
        <Suspense fallback={<div className={styles.line} />}>
          <Recorder onDone={(file) => attach([file])} onClose={() => setRecords(false)} />
        </Suspense>
      ) : (
        <div className={styles.line}>
          <IconButton label={t('composer.attach')} disabled={isEditing} onClick={() => files.current?.click()}>
            <Paperclip size={20} aria-hidden="true" />
          </IconButton>
          <input
            ref={files}
            type="file"
            multiple
            hidden
            aria-label={t('composer.attach')}
            onChange={(event: ChangeEvent<HTMLInputElement>) => {
              attach(event.target.files ?? []);
              event.target.value = '';
            }}
          />
          <textarea
            ref={field}
            className={styles.field}
            rows={1}
            value={text}
            dir="auto"
            placeholder={isSlow ? t('composer.slow', { count: line?.minSecondsBetweenMessages ?? 0 }) : t('composer.placeholder')}
            aria-label={t('composer.placeholder')}
            // A draft is kept; what is edited is not.
            data-kept={isEditing ? undefined : ''}
            aria-autocomplete="list"
            aria-controls={mentions.isOpen ? mentions.id : undefined}
            aria-activedescendant={mentions.isOpen ? `${mentions.id}-${mentions.active}` : undefined}
            enterKeyHint={hasTouch() ? 'enter' : 'send'}
            autoFocus={!hasTouch()}
            onChange={(event) => write(event.target.value, event.target.selectionStart)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
            onBlur={() => chat.typing.end(convId)}
            onPaste={(event: ClipboardEvent) => {
              const { files } = event.clipboardData;
              if (files.length === 0) return;
              event.preventDefault();
              attach(files);
            }}
          />
          <IconButton label={t('composer.emoji')} aria-expanded={showsEmoji} onClick={() => setShowsEmoji((now) => !now)}>
            <Smile size={21} aria-hidden="true" />
          </IconButton>
          {text === '' && !isEditing ? (
            <IconButton label={t('composer.voice.record')} onClick={() => setRecords(true)}>
              <Mic size={20} aria-hidden="true" />
            </IconButton>
          ) : (
            <IconButton label={t(isEditing ? 'composer.save' : 'composer.send')} className={styles.send} disabled={!canSend} onClick={send}>
              <SendHorizontal size={19} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      )}
    </div>
  );
}

/** Whether the keyboard is one on the screen, where Enter begins a line. */
const hasTouch = (): boolean => matchMedia('(hover: none) and (pointer: coarse)').matches;

/** The field is as high as its text, within the limit of its style. */
function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [field, text]);
}
