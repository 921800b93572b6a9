import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message } from '@app/sdk';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { sayProblem } from '../conversations/line-actions';
import { Draft } from './drafts';
import type { Intent } from './intent';
import { roomFor } from './limits';
import { useMentions } from './mentions';
import { mentionedIn } from './text';

/** Where something is written, and what is told of it. */
export interface WritingHere {
  readonly convId: string;
  readonly line: Conversation | undefined;
  readonly intent: Intent | undefined;
  readonly onIntent: (intent: Intent | undefined) => void;
  /** Something was sent. */
  readonly onSent: () => void;
}

/** What is being written in a conversation: its text, which is kept as a draft, and what it becomes: a message, an answer, or an edit. */
export function useWritingHere({ convId, line, intent, onIntent, onSent }: WritingHere, field: RefObject<HTMLTextAreaElement | null>) {
  const { t } = useTranslation();
  const chat = useChat();
  const draft = useMemo(() => new Draft(chat, convId), [chat, convId]);
  const [text, setText] = useState(() => draft.read());
  const [caret, setCaret] = useState(0);
  const [isBusy, setIsBusy] = useState(false);
  const caretWanted = useRef<number>(undefined);
  const mentions = useMentions(line, text, caret);
  const isEditing = intent?.kind === 'edit';
  const room = roomFor(text);
  const isTooLong = room !== undefined && room.left < 0;
  const canSend = text.trim() !== '' && !isTooLong && !isBusy;

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
    if (intent?.kind === 'reply' && replyTo === undefined) onIntent(undefined);
    onSent();
  };

  return { text, write, insert, setCaret, mentions, choose, room, isTooLong, isEditing, stopIntent, canSend, send, attach };
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
