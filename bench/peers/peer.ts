import type { ChildProcess } from 'node:child_process';
import type { RawSocket } from '../load/raw-socket';
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

/** How a system speaks on the wire, as far as the fan-out needs it. */
export interface Wire {
  /** An open connection of the publisher, or of the subscriber with that number, which hears the room when this resolves. */
  enter(address: Address, who: 'publisher' | number): Promise<RawSocket>;
  /** The text frame that publishes a payload, given as JSON; `number` is unique in the room. */
  publication(address: Address, payload: string, number: number): string;
  /** Whether a frame to a subscriber delivers a message; `start` is where its text begins. */
  isDelivery(bytes: Buffer, start: number): boolean;
  /** Bytes of a delivery behind its payload. */
  readonly tail: number;
  /** Whether a frame to the publisher says that a publication failed. */
  isRefusal(bytes: Buffer, start: number): boolean;
  /** A heartbeat made of text frames, beside the pings of WebSocket. */
  readonly heartbeat?: { readonly ping: string; readonly pong: string };
}

/** A system whose fan-out is measured: one file in this folder. */
export interface FanOutPeer {
  readonly name: string;
  readonly wire: Wire;
  start(bench: Bench, subscribers: number): Promise<Started>;
}
