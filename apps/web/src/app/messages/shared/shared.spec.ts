import type { Message, ParleyClient } from '@app/sdk';
import { filesBefore } from './shared';

const messageOf = (seq: number, fields: Partial<Message> = {}): Message => ({
  convId: 'group:g',
  convType: 'group',
  seq,
  number: seq,
  serverMsgId: `s${seq}`,
  clientMsgId: `c${seq}`,
  from: 'ada',
  groupId: 'g',
  timestamp: seq,
  type: 'text',
  payload: { text: 'hi' },
  ...fields,
});
const pictureOf = (seq: number): Message => messageOf(seq, { type: 'image', payload: { fileId: `f${seq}` } });

/** Answers pages of a log as a server does. */
function clientOf(log: readonly Message[]) {
  const asked: number[] = [];
  const client = {
    call: (_: string, { beforeSeq = Infinity, limit }: { beforeSeq?: number; limit: number }) => {
      asked.push(beforeSeq);
      const before = log.filter(({ seq }) => seq < beforeSeq);
      return Promise.resolve({ messages: before.slice(-limit), hasMore: before.length > limit });
    },
  } as unknown as Pick<ParleyClient, 'call'>;
  return { client, asked };
}

describe('the files of a conversation', () => {
  it('are those that messages carry which are still there, newest first', async () => {
    const log = [
      pictureOf(1),
      messageOf(2),
      messageOf(3, { type: 'image', recalled: true }),
      messageOf(4, { type: 'image', payload: { url: 'x' } }),
      pictureOf(5),
    ];
    const { files, before } = await filesBefore(clientOf(log).client, 'group:g', undefined);
    expect(files.map(({ message }) => message.seq)).toEqual([5, 1]);
    expect(before).toBeUndefined();
  });

  it('are looked for in older messages until there are enough', async () => {
    const log = Array.from({ length: 1_000 }, (_, i) => (i % 20 === 0 ? pictureOf(i + 1) : messageOf(i + 1)));
    const { client, asked } = clientOf(log);
    const first = await filesBefore(client, 'group:g', undefined);
    expect(asked).toHaveLength(3);
    expect(first.files.length).toBeGreaterThanOrEqual(24);
    const second = await filesBefore(client, 'group:g', first.before);
    expect(second.files[0]!.message.seq).toBeLessThan(first.files.at(-1)!.message.seq);
    expect(first.files.length + second.files.length).toBe(50);
  });

  it('are not looked for without end where there are none', async () => {
    const { client, asked } = clientOf(Array.from({ length: 5_000 }, (_, i) => messageOf(i + 1)));
    const { files, before } = await filesBefore(client, 'group:g', undefined);
    expect([files, before, asked.length]).toEqual([[], 3_001, 10]);
  });
});
