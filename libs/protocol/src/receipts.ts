import { z } from 'zod';
import { action } from './action';
import { positionSchema, seqSchema, targeted } from './ids';

export const read = action({
  summary: 'Move the read position of a conversation; it never moves backwards and never past lastSeq',
  access: 'member',
  input: targeted({ seq: seqSchema }),
  output: z.object({ convId: z.string(), readSeq: positionSchema, unread: z.number().int().min(0) }),
  errors: ['NOT_FOUND', 'NOT_GROUP_MEMBER'],
  limit: 'frame',
});

/** To the user's own devices: where the user has read to. A hint; `sync` is the truth. */
export const readEventSchema = read.output;
