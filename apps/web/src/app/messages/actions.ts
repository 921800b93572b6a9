import { useCallback } from 'react';
import { Bookmark, Copy, Pencil, Reply, RotateCcw, Trash2, Undo2 } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Message } from '@app/sdk';
import { copy } from '../../kit/clipboard';
import type { MenuItem } from '../../kit/menu-item';
import { tell } from '../../kit/toasts';
import { useChat } from '../chat-context';
import { sayProblem } from '../conversations/line-actions';
import { favoritesChanged } from '../favorites/changed';
import type { Intent } from './intent';
import { saidIn } from './payload';
import type { Row } from './rows';

interface Where {
  readonly canWrite: boolean;
  readonly onIntent: (intent: Intent) => void;
}

/** What can be done with a message. */
export function useMessageActions({ canWrite, onIntent }: Where): (row: Row) => readonly MenuItem[] {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  return useCallback(
    (row) => {
      if (row.kind === 'upload') return [];
      if (row.kind === 'pending') {
        const { clientMsgId, refused, message } = row.item;
        return [
          ...copyItem(message, t),
          ...(refused === undefined
            ? []
            : [
                { key: 'retry', label: t('messages.retry'), Icon: RotateCcw, run: () => void chat.retry(clientMsgId) },
                { key: 'drop', label: t('messages.drop'), Icon: Trash2, isDangerous: true, run: () => void chat.drop(clientMsgId) },
              ]),
        ];
      }
      const { entry } = row;
      if (entry.kind !== 'message' || entry.recalled || entry.type === 'system') return [];
      const { convId, seq } = entry;
      const isOwn = entry.from === chat.userId;
      const keep = async (convId: string, seq: number) => {
        await chat.keep(convId, seq);
        void favoritesChanged(queries);
      };
      const asked = (what: Promise<void>, done?: string) =>
        void what.then(() => done !== undefined && tell(t(done), 'done'), sayProblem(t));
      return [
        ...(canWrite
          ? [{ key: 'reply', label: t('messages.reply'), Icon: Reply, run: () => onIntent({ kind: 'reply', message: entry }) }]
          : []),
        ...copyItem(entry, t),
        ...(isOwn && canWrite && entry.type === 'text'
          ? [{ key: 'edit', label: t('messages.edit'), Icon: Pencil, run: () => onIntent({ kind: 'edit', message: entry }) }]
          : []),
        ...(entry.burnAfterRead || entry.expireAtMs !== undefined
          ? []
          : [{ key: 'keep', label: t('messages.keep'), Icon: Bookmark, run: () => asked(keep(convId, seq), 'messages.kept') }]),
        ...(chat.recalls.may(entry)
          ? [{ key: 'recall', label: t('messages.recall'), Icon: Undo2, isDangerous: true, run: () => asked(chat.recalls.recall(entry)) }]
          : []),
      ];
    },
    [t, chat, queries, canWrite, onIntent],
  );
}

function copyItem(message: Pick<Message, 'type' | 'payload'>, t: (key: string) => string): readonly MenuItem[] {
  const said = saidIn(message);
  if (said.kind !== 'text') return [];
  const run = () => void copy(said.text).then((isDone) => (isDone ? tell(t('messages.copied'), 'done') : tell(t('messages.notCopied'))));
  return [{ key: 'copy', label: t('messages.copy'), Icon: Copy, run }];
}
