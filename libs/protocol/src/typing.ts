import { z } from 'zod';
import { action } from './action';
import { targeted } from './ids';

/** Of somebody's typing in a conversation so many milliseconds pass from one event to the next. */
export const typingIntervalMs = 3_000;

export const typing = action({
  summary: 'Tell those who hear a conversation that you are writing, or not any more; nothing is stored',
  access: 'speaker',
  input: targeted({ typing: z.boolean() }),
  output: z.object({}),
  errors: ['NOT_FOUND', 'NOT_FRIEND', 'BLOCKED', 'NOT_GROUP_MEMBER', 'MUTED'],
  limit: 'frame',
});

/** To the other user of a c2c, and to a group's subscribers: somebody is writing, or not any more. */
export const typingEventSchema = z.object({ convId: z.string(), userId: z.string(), typing: z.boolean() });
