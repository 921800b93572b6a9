/** A user who is connected, and the ids of the gateways that hold a device of theirs. */
export interface Located {
  readonly userId: string;
  /** At least one, each once. */
  readonly gateways: readonly string[];
}

/**
 * Who is connected to which gateway, for work that goes through many users. It tells what the gateways say by `Presence.hold`: who holds
 * no device any more is left out, although nobody has been told yet that they went.
 *
 * Everything throws `ImError('UNAVAILABLE')` while the others cannot be asked: unlike a presence, a roll that knows half of them tells nothing.
 */
export interface Roll {
  /** How many users are connected, about: it may count those who have just gone. Costs the same for many. */
  count(): Promise<number>;

  /**
   * Everybody who is connected from the beginning to the end of the walk, at least once; others perhaps. In no order, at most `atOnce` users
   * at a time and never none, each asked about just before they are told. Nothing is asked until the next ones are wanted.
   */
  walk(atOnce: number): AsyncIterable<readonly Located[]>;

  /** Those of the users who are connected, each once. */
  locate(userIds: readonly string[]): Promise<Located[]>;

  /** Lets go of whatever it works with; it is not used afterwards. */
  close(): Promise<void> | void;
}
