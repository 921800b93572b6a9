import type { ChildProcess } from 'node:child_process';
import type { OnText, RawSocket } from '../load/raw-socket';
import type { Bench } from '../scenario';

/** A server that is running, and what a client must know to reach it. */
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly address: Address;
  readonly inspector?: string | undefined;
}

/** Travels to the load generator as JSON. */
export interface Address {
  readonly port: number;
  /** The room; for Parley the group. */
  readonly room: string;
  /** Signs tokens, where the server wants some. */
  readonly secret: string;
}

/** Told what is in the frames to a client. The bytes are only there during the call. */
export interface Heard {
  /** A message of the room, whose payload ends before `end`. */
  message(bytes: Buffer, end: number): void;
  /** Whatever else the server says, a frame or a line of it. */
  other(bytes: Buffer, start: number, end: number): void;
}

/** How a system speaks on the wire, as far as the fan-out needs it. */
export interface Wire {
  /** An open connection of the publisher, or of the subscriber with that number, which hears the room when this resolves. */
  enter(address: Address, who: 'publisher' | number): Promise<RawSocket>;
  /** The frame that publishes a payload, given as JSON; `number` is unique in the room. */
  publication(address: Address, payload: string, number: number): string;
  /** Reads the frames to one client. Every message is told of once, however messages lie in frames. */
  reader(heard: Heard): OnText;
  /** Whether something else that is said to the publisher says that a publication failed. */
  isRefusal(bytes: Buffer, start: number): boolean;
  /** A heartbeat of the system's own, beside the pings of WebSocket. */
  readonly heartbeat?: { readonly ping: string; readonly pong: string };
}

/** A system whose fan-out is measured: one file in this folder. */
export interface FanOutPeer {
  readonly name: string;
  readonly wire: Wire;
  /** Why it cannot take part on this machine, if so. */
  missing?(): string | undefined;
  start(bench: Bench, subscribers: number): Promise<Started>;
}
