/** What travels between gateways: a head that can be written as JSON, and bytes that are passed on as they are. */
export interface BusMessage<H = unknown> {
  readonly head: H;
  readonly body: Buffer;
}

/** Called for every message of a topic that is subscribed. */
export type BusListener<H> = (topic: string, message: BusMessage<H>) => void;

/**
 * A lossy channel between gateways, by topic. Messages of one publisher to one topic arrive in order, or not at all; nothing is kept
 * for those who are away. A subscriber hears its own messages too, before `publish` returns.
 */
export interface Bus<H = unknown> {
  /** Sends to all subscribers; never waits and never throws. */
  publish(topic: string, message: BusMessage<H>): void;
  /** Resolves when every message published from now on, by anybody, will be heard. A second subscription changes nothing. */
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
  /** Sets who hears messages, and who is told when the link to the other gateways is lost or back. */
  listen(onMessage: BusListener<H>, onLink: (up: boolean) => void): void;
  close(): Promise<void>;
}
