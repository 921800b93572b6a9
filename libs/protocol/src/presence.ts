import { z } from 'zod';
import { action } from './action';
import { timestampSchema, userIdSchema } from './ids';
import { countSchema } from './receipts';

const lastSeenSchema = timestampSchema.nullable().describe('when a device last went, to the second; null when none ever did');

/** Users of whom somebody asks at once; the server takes as many as `maxListItems` says. */
export const userIdsSchema = z.array(userIdSchema).min(1).max(10_000);

const presenceSchema = z.object({
  userId: z.string(),
  online: z.boolean(),
  lastSeenAt: lastSeenSchema,
  devices: countSchema.describe('how many are connected'),
});

export const presence = action({
  summary: 'Who of some users is connected; only friends, who shares a group with you, and yourself: others are left out',
  access: 'user',
  input: z.object({ userIds: userIdsSchema }),
  output: z.object({ users: z.array(presenceSchema) }),
  errors: ['TOO_LARGE'],
  limit: 'frame',
});

/** To the devices of friends: a user came with their first device, or has gone with the last. */
export const presenceEventSchema = presenceSchema.omit({ devices: true });

/** One of one's own devices: that of a session, or one that is connected. */
export const deviceSchema = z.object({
  deviceId: z.string(),
  online: z.boolean(),
  lastSeenAt: timestampSchema.nullable().describe('when a connection of its session last went, to the second; null when that is not known'),
  current: z.boolean().describe('whether the session that asks is of this device'),
});
export type OwnDevice = z.infer<typeof deviceSchema>;
