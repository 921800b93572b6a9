import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Message } from '@app/sdk';
import { useChat, useChatState } from '../chat-context';
import { wordOf } from '../conversations/ConversationLine';
import { oneLine } from '../conversations/previews';
import { useName } from '../users/names';
import { nameColour } from './colours';
import styles from './Quote.module.css';
import { saidIn } from './payload';
import { indexOfSeq } from './window';

/** The message that is answered, in short; a press leads to it. */
export function Quote({
  convId,
  seq,
  onJump,
}: {
  readonly convId: string;
  readonly seq: number;
  readonly onJump: (seq: number) => void;
}): ReactNode {
  const { t } = useTranslation();
  const message = useMessage(convId, seq);
  return (
    <button type="button" className={styles.quote} onClick={() => onJump(seq)} title={t('messages.jump')} disabled={message === null}>
      {message ? <Short message={message} /> : <span className={styles.words}>{message === null ? t('messages.quoteGone') : '…'}</span>}
    </button>
  );
}

/** Who said what, in two lines. */
export function Short({ message }: { readonly message: Message }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const name = useName(message.from);
  const said = saidIn(message);
  return (
    <>
      <bdi className={styles.name} style={{ color: nameColour(message.from) }}>
        {message.from === me ? t('chats.you') : name}
      </bdi>
      <span className={styles.words} dir="auto">
        {said.kind === 'text' ? oneLine(said.text) : <i>{wordOf(said, t)}</i>}
      </span>
    </>
  );
}

/** A message of a conversation, loaded or not: undefined while it is not known, null when it is not there. */
function useMessage(convId: string, seq: number): Message | null | undefined {
  const chat = useChat();
  const shown = useChatState(({ windows }) => {
    const entries = windows[convId]?.entries ?? [];
    const entry = entries[indexOfSeq(entries, seq)];
    return entry?.seq === seq && entry.kind === 'message' ? entry : undefined;
  });
  const { data, isError } = useQuery({
    queryKey: ['message', convId, seq],
    queryFn: async () => {
      const { entries } = await chat.client.call('entries', { convId, afterSeq: seq - 1, limit: 1 });
      const entry = entries[0];
      return entry?.kind === 'message' && entry.seq === seq ? entry : null;
    },
    enabled: shown === undefined,
    staleTime: Infinity,
  });
  return shown ?? (isError ? null : data);
}
