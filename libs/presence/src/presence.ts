/** One device of a user. */
export interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** Somebody who is not here any more, and how many milliseconds ago their last device went. */
export interface Gone {
  readonly userId: string;
  readonly agoMs: number;
}

/** How long things last, in milliseconds. */
export interface PresenceTimings {
  /** A device that nobody holds again for so long is not here any more. */
  readonly ttlMs: number;
  /** Who comes back so soon after their last device went was never gone. */
  readonly graceMs: number;
}

/**
 * Which devices of whom are connected. Each gateway holds the devices that are connected to it, again and again; a device is here while
 * any gateway holds it. Nothing of it is stored: what a gateway that was killed held is gone after the TTL.
 *
 * Nothing rejects, and nothing waits for long: where the others cannot be asked, answers tell what this process knows.
 */
export interface Presence {
  /** Holds devices from now until the TTL has passed. Answers those users who were not here: each time that somebody comes, one gateway is told. */
  hold(devices: readonly Device[]): Promise<string[]>;

  /** Lets go of devices. Those that other gateways hold stay here. */
  release(devices: readonly Device[]): Promise<void>;

  /** The devices that are here, of those users who have any. */
  look(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;

  /** Some of those who have gone and did not come back within the grace. Each time that somebody goes, one gateway is told. */
  takeGone(): Promise<Gone[]>;

  /** Lets go of whatever it works with, and not of devices; it is not used afterwards. */
  close(): Promise<void> | void;
}
