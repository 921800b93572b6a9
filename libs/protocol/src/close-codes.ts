/**
 * WebSocket close codes. Those below 4500 (and 1001, 1012) ask the client to come back after a jittered delay; from 4500 on
 * the client must not retry with the same credentials.
 */
export const closeCodes = {
  GOING_AWAY: 1001,
  TOO_BIG: 1009,
  RESTART: 1012,
  SLOW_CONSUMER: 4001,
  NO_PONG: 4002,
  TOO_MANY_FRAMES: 4003,
  BAD_TOKEN: 4500,
  TOKEN_EXPIRED: 4501,
  REPLACED: 4502,
  KICKED: 4503,
  PROTOCOL: 4504,
} as const;

/** The name of a close code. */
export type CloseReason = keyof typeof closeCodes;

/** Whether a client may come back with the same credentials after this close code. */
export function mayReconnect(code: number): boolean {
  return code < 4500;
}
