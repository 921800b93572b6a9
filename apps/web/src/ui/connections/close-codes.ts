/** What is known of a close code. */
export interface CloseCode {
  readonly code: number;
  readonly name: string;
  /** Whether a client may come back with the same token. */
  readonly comeBack: boolean;
}

/** The server's own close codes as the protocol lists them, and those that a browser makes up; their meanings are texts (`ui.close.<name>`). */
export const closeCodes: readonly CloseCode[] = [
  { code: 1000, name: 'NORMAL', comeBack: true },
  { code: 1001, name: 'GOING_AWAY', comeBack: true },
  { code: 1005, name: 'NO_STATUS', comeBack: true },
  { code: 1006, name: 'ABNORMAL', comeBack: true },
  { code: 1009, name: 'TOO_BIG', comeBack: true },
  { code: 1012, name: 'RESTART', comeBack: true },
  { code: 4001, name: 'SLOW_CONSUMER', comeBack: true },
  { code: 4002, name: 'NO_PONG', comeBack: true },
  { code: 4003, name: 'TOO_MANY_FRAMES', comeBack: true },
  { code: 4500, name: 'BAD_TOKEN', comeBack: false },
  { code: 4501, name: 'TOKEN_EXPIRED', comeBack: false },
  { code: 4502, name: 'REPLACED', comeBack: false },
  { code: 4503, name: 'KICKED', comeBack: false },
  { code: 4504, name: 'PROTOCOL', comeBack: false },
];

/** The line of a close code; undefined where the catalogue has none. */
export const closeCode = (code: number): CloseCode | undefined => closeCodes.find((one) => one.code === code);
