import { setImmediate as turnOver } from 'node:timers/promises';
import { RedisBus, redisConnector } from '@app/bus';
import { groupConversation } from '@app/protocol';
import { type Head, entryEnvelope } from '../../apps/gateway/src/hub/envelope';
// The file itself: the lib keeps rows to itself.
import { entryOf } from '../../libs/storage/src/entry-row';
import type { Place } from '../peers/receiving-hub';
import { answer } from '../rpc';

const body = JSON.stringify({ text: 'x'.repeat(128 - '{"text":""}'.length) });

let bus: RedisBus<Head> | undefined;
let groupId = '';
let dropped = 0;
let seq = 0;

/** What a process that publishes as a gateway does can be asked. */
export type Publisher = typeof handlers;

const handlers = {
  open: async (place: Place): Promise<void> => {
    ({ groupId } = place);
    const up = new Promise<void>((resolve) => {
      bus = new RedisBus({
        connect: redisConnector(place.redisUrl),
        prefix: place.prefix,
        onDropped: (_, messages) => (dropped += messages),
      });
      bus.listen(
        () => undefined,
        (linkUp) => linkUp && resolve(),
      );
    });
    await up;
  },
  /** Publishes the next messages of the group, so many in each turn of the event loop, as the log does with those of one flush. */
  publish: async ({ messages, together }: { messages: number; together: number }): Promise<void> => {
    for (let left = messages; left > 0; left -= together) {
      for (let index = 0; index < Math.min(left, together); index++) publishNext();
      await turnOver();
    }
    if (dropped > 0) throw new Error(`${dropped} messages were dropped`);
  },
};

function publishNext(): void {
  const name = groupConversation(groupId);
  const now = Date.now();
  const row = {
    kind: 'message',
    sender: 'u0',
    type: 'text',
    at: now,
    body,
    reply_to: null,
    mentions: null,
    edited_at: null,
    recalled: 0,
    expire_at: null,
    burn: null,
  } as const;
  seq++;
  const entry = entryOf({ rowId: 1, name }, { ...row, seq, number: seq, msg_key: `m${seq}/c` });
  bus?.publish(name.convId, entryEnvelope(entry, now));
}

answer(handlers);
