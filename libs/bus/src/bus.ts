/** What travels between gateways: a head that can be written as JSON, and bytes that are passed on as they are. */
export interface BusMessage<H = unknown> {
  readonly head: H;
  /** Not to be changed once it was published. One that was heard may be a view of a larger buffer: copy it to keep it for long. */
  readonly body: Buffer;
}

/** Called for every message of a topic that is subscribed. */
export type BusListener<H> = (topic: string, message: BusMessage<H>) => void;

/**
 * A lossy channel between gateways, by topic. Messages of one publisher to one topic arrive in order, or not at all, and never twice;
 * nothing is kept for those who are away. A subscriber hears its own messages too, before `publish` returns, whether the link is up or
 * not. A bus that was closed neither speaks nor hears; its methods do nothing.
 */
export interface Bus<H = unknown> {
  /** Sends to all subscribers; never waits and never fails. */
  publish(topic: string, message: BusMessage<H>): void;
  /**
   * Resolves when every message published from now on, by anybody, will be heard; it never rejects. While the link is down, or when it
   * goes down meanwhile, it resolves all the same: then the messages of others are heard from the next `onLink(true)` on. A second
   * subscription changes nothing. Calls for one topic may overlap: the last one decides.
   */
  subscribe(topic: string): Promise<void>;
  /** Nothing of the topic is heard from this call on. */
  unsubscribe(topic: string): Promise<void>;
  /**
   * Sets who hears messages, and who is told when the link to the other gateways is lost (false) or back (true): back means that all
   * topics are subscribed, so what is published from then on is heard, and what was published before may be missing. `onLink` is
   * told the present state before `listen` returns, and after that only changes.
   */
  listen(onMessage: BusListener<H>, onLink: (up: boolean) => void): void;
  /** Resolves soon, whatever the state of the link. */
  close(): Promise<void>;
}
