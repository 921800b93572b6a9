import { z } from 'zod';
import { action } from './action';
import { timestampSchema } from './ids';

/** The version of this contract. Fields may be added to it; none is renamed or removed. */
export const protocolVersion = '1';

/** The WebSocket subprotocol that the server answers. */
export const subprotocol = `parley.v${protocolVersion}` as const;

export const ping = action({
  summary: 'A heartbeat for clients that cannot answer WebSocket pings themselves',
  access: 'user',
  input: z.object({}),
  output: z.object({ serverTime: timestampSchema }),
  errors: [],
  limit: 'frame',
});

/** The first frame from the server. */
export const connectedSchema = z.object({
  userId: z.string(),
  deviceId: z.string(),
  sessionId: z.string().nullable(),
  serverTime: timestampSchema,
  heartbeatMs: z.number().int(),
  maxFrameBytes: z.number().int(),
  sendQps: z.number(),
  sendBurst: z.number().int(),
  epoch: z.string().describe("the store's identity; when it differs from the last one, positions and caches are void"),
});

/** Sent before a close in a drain: the delay differs per connection. */
export const closingSchema = z.object({ reconnectInMs: z.number().int(), reason: z.enum(['restart']) });

/** Asks the client to call `sync`. */
export const resyncSchema = z.object({ reason: z.string() });
