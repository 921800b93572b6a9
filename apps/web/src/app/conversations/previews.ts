import type { Conversation } from '@app/sdk';
import { type Said, saidIn } from '../messages/payload';

/** What a line of the list says of its conversation. */
export type Preview =
  | { readonly kind: 'draft'; readonly text: string }
  | { readonly kind: 'nothing' }
  /** Said by somebody: `by` where it has to be said who. */
  | { readonly kind: 'said'; readonly said: Said; readonly from: string; readonly by: 'me' | 'other' | undefined };

/** The preview of a conversation: what was begun to be written, or what was said last. */
export function previewOf(line: Pick<Conversation, 'draft' | 'lastMessage' | 'convType'>, me: string, isOpen: boolean): Preview {
  if (line.draft && !isOpen) return { kind: 'draft', text: oneLine(line.draft) };
  const { lastMessage } = line;
  if (!lastMessage) return { kind: 'nothing' };
  const said = saidIn(lastMessage);
  const by = lastMessage.type === 'system' ? undefined : lastMessage.from === me ? 'me' : line.convType === 'group' ? 'other' : undefined;
  return { kind: 'said', said: said.kind === 'text' ? { kind: 'text', text: oneLine(said.text) } : said, from: lastMessage.from, by };
}

/** The beginning of a text in one line: of 10,000 signs nobody sees more here. */
export const oneLine = (text: string): string => [...text.slice(0, 300)].slice(0, 140).join('').replace(/\s+/gu, ' ').trim();
