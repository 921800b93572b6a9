import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  Suspense,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Mic, Paperclip, Pencil, Reply, SendHorizontal, Smile, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message } from '@app/sdk';
import { clock, moment } from '../../i18n/times';
import { IconButton } from '../../kit/Button';
import { part } from '../../kit/part';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { sayProblem } from '../conversations/line-actions';
import styles from './Composer.module.css';
import type { Intent } from './intent';
import { Draft } from './drafts';
import { roomFor } from './limits';
import { MentionList, useMentions } from './mentions';
import { Short } from './Quote';
import { lastOwnText } from './rows';
import { mentionedIn } from './text';
import type { WhyNot } from './writing';

const EmojiPicker = part(() => import('./EmojiPicker'));
const Recorder = part(() => import('./media/Recorder'));

interface ComposerProps {
  readonly convId: string;
  readonly line: Conversation | undefined;
  readonly why: WhyNot | undefined;
  readonly intent: Intent | undefined;
  readonly onIntent: (intent: Intent | undefined) => void;
  /** Something was sent. */
  readonly onSent: () => void;
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

function Field({ convId, line, intent, onIntent, onSent }: ComposerProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const draft = useMemo(() => new Draft(chat, convId), [chat, convId]);
  const [text, setText] = useState(() => draft.read());
  const [caret, setCaret] = useState(0);
  const [showsEmoji, setShowsEmoji] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [records, setRecords] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const caretWanted = useRef<number>(undefined);
  const mentions = useMentions(line, text, caret);
  const isEditing = intent?.kind === 'edit';
  const room = roomFor(text);
  const isTooLong = room !== undefined && room.left < 0;
  const isSlow = line?.role === 'member' && (line.minSecondsBetweenMessages ?? 0) > 0;
  const canSend = text.trim() !== '' && !isTooLong && !isBusy;

  useGrowing(field, text);
  // React puts the caret at the end of a text that it changes.
  useLayoutEffect(() => {
    const at = caretWanted.current;
    caretWanted.current = undefined;
    if (at !== undefined) field.current?.setSelectionRange(at, at);
  }, [text]);
  useEffect(() => () => draft.flush(), [draft]);
  useDraftOfOthers(line?.draft, draft, field, isEditing, setText);

  // What was begun to be written waits while something else is edited.
  const setAside = useRef('');
  useEffect(() => {
    if (intent?.kind === 'edit') {
      setAside.current = draft.read();
      const said = intent.message.payload?.text;
      setText(typeof said === 'string' ? said : '');
    }
    if (intent) field.current?.focus();
  }, [intent, draft]);
  const stopIntent = () => {
    if (isEditing) setText(setAside.current);
    onIntent(undefined);
    field.current?.focus();
  };

  const write = (next: string, at: number) => {
    setText(next);
    setCaret(at);
    if (isEditing) return;
    draft.write(next);
    if (next.trim() !== '') chat.typing.begin(convId);
    else chat.typing.end(convId);
  };
  const insert = (words: string, from = field.current?.selectionStart ?? text.length, to = field.current?.selectionEnd ?? from) => {
    const next = text.slice(0, from) + words + text.slice(to);
    caretWanted.current = from + words.length;
    write(next, from + words.length);
  };

  const send = () => {
    if (!canSend) return;
    const said = text.trim().toWellFormed();
    if (isEditing) return void edit(intent.message, said);
    const mentioned = mentionedIn(said, mentions.chosen);
    void chat.send(convId, {
      type: 'text',
      payload: { text: said },
      ...(intent?.kind === 'reply' ? { replyTo: intent.message.seq } : {}),
      ...(mentioned.length > 0 ? { mentions: mentioned } : {}),
    });
    setText('');
    draft.write('');
    draft.flush();
    mentions.forget();
    if (intent) onIntent(undefined);
    onSent();
    field.current?.focus();
  };
  const edit = async (message: Message, said: string) => {
    if (said === message.payload?.text) return stopIntent();
    setIsBusy(true);
    try {
      await chat.edit(convId, message.seq, said);
      stopIntent();
    } catch (error) {
      sayProblem(t)(error);
    } finally {
      setIsBusy(false);
    }
  };
  const choose = (index: number) => {
    const { at, found } = mentions;
    const one = found[index];
    if (!at || !one) return;
    mentions.choose(one);
    insert(`@${one.name} `, at.from, caret);
  };
  const attach = (chosen: Iterable<File>) => {
    let replyTo = intent?.kind === 'reply' ? intent.message.seq : undefined;
    for (const file of chosen) {
      if (file.size === 0) {
        tell(t('composer.emptyFile', { name: file.name }));
        continue;
      }
      chat.uploads.add(convId, file, replyTo);
      replyTo = undefined;
    }
    if (intent?.kind === 'reply') onIntent(undefined);
    onSent();
  };

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
      {intent && (
        <div className={styles.intent}>
          {isEditing ? <Pencil size={18} aria-hidden="true" /> : <Reply size={18} aria-hidden="true" />}
          <div className={styles.quoted}>
            {isEditing && <strong>{t('composer.editing')}</strong>}
            <Short message={intent.message} />
          </div>
          <IconButton label={t('messages.cancel')} onClick={stopIntent}>
            <X size={18} aria-hidden="true" />
          </IconButton>
        </div>
      )}
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

/** Shows what was written on another device, unless something is being written here. */
function useDraftOfOthers(
  told: string | null | undefined,
  draft: Draft,
  field: RefObject<HTMLTextAreaElement | null>,
  isEditing: boolean,
  show: (text: string) => void,
): void {
  const known = useRef(told);
  useEffect(() => {
    if (told === known.current) return;
    known.current = told;
    if (isEditing || draft.isOurs) return;
    if (document.activeElement === field.current && document.hasFocus() && field.current?.value !== '') return;
    show(told ?? '');
  }, [told, draft, field, isEditing, show]);
}

/** Takes files that are dropped anywhere on the page. */
function DropPlace({ onFiles }: { readonly onFiles: (files: Iterable<File>) => void }): ReactNode {
  const { t } = useTranslation();
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setIsOver(false);
    const drop = (event: DragEvent) => {
      setIsOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      latest.current(event.dataTransfer?.files ?? []);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return isOver ? <div className={styles.drop}>{t('composer.drop')}</div> : null;
}
