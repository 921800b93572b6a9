import { useInfiniteQuery } from '@tanstack/react-query';
import type { Message, ParleyClient } from '@app/sdk';
import { useChat } from '../../chat-context';
import type { SaidFile } from '../media/media';
import { saidIn } from '../payload';

/** A file that was sent in a conversation, and the message that carries it. */
export interface SharedFile {
  readonly message: Message;
  readonly said: SaidFile;
}

/** So many messages are read at once. */
const readAtOnce = 200;
/** It is read on until so many files were found, or so many pages were read: of 100,000 messages none may have a file. */
const wantedFiles = 24;
const maxReads = 10;

interface Page {
  /** Newest first. */
  readonly files: readonly SharedFile[];
  /** Where to read on; undefined at the beginning of the log. */
  readonly before: number | undefined;
}

/** The files of a conversation that its messages carry, newest first, by pages. They are looked for in the history, which holds all. */
export function useSharedFiles(convId: string) {
  const { client } = useChat();
  return useInfiniteQuery({
    queryKey: ['shared', convId],
    queryFn: ({ pageParam }) => filesBefore(client, convId, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ before }) => before,
    staleTime: 0,
  });
}

/** The next files before a `seq`, or before the end. Throws a `ParleyError`. */
export async function filesBefore(client: Pick<ParleyClient, 'call'>, convId: string, seq: number | undefined): Promise<Page> {
  const files: SharedFile[] = [];
  let before = seq;
  for (let reads = 0; reads < maxReads && files.length < wantedFiles; reads++) {
    const { messages, hasMore } = await client.call('history', {
      convId,
      limit: readAtOnce,
      ...(before === undefined ? {} : { beforeSeq: before }),
    });
    files.push(...messages.flatMap(fileIn).reverse());
    before = messages[0]?.seq;
    if (!hasMore || before === undefined) return { files, before: undefined };
  }
  return { files, before };
}

function fileIn(message: Message): SharedFile[] {
  const said = saidIn(message);
  const carries = said.kind === 'image' || said.kind === 'video' || said.kind === 'voice' || said.kind === 'file';
  return carries && said.fileId !== undefined ? [{ message, said }] : [];
}
