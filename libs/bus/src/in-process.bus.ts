import type { Bus, BusListener, BusMessage } from './bus';

/** What joins the buses of several gateways in one process. */
export class Exchange {
  readonly members = new Set<InProcessBus>();
}

/** The bus of a gateway that runs alone, or beside others in the same process when they share an exchange. Its link is always up. */
export class InProcessBus<H = unknown> implements Bus<H> {
  private readonly topics = new Set<string>();
  private onMessage: BusListener<H> = () => undefined;
  private closed = false;

  constructor(private readonly exchange = new Exchange()) {
    exchange.members.add(this as InProcessBus);
  }

  publish(topic: string, message: BusMessage<H>): void {
    if (this.closed) return;
    // Its own listener last: what that publishes in its turn comes after this message everywhere.
    for (const other of this.exchange.members) if (other !== this) other.deliver(topic, message);
    this.deliver(topic, message);
  }

  async subscribe(topic: string): Promise<void> {
    if (!this.closed) this.topics.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.topics.delete(topic);
  }

  listen(onMessage: BusListener<H>, onLink: (up: boolean) => void): void {
    if (this.closed) return;
    this.onMessage = onMessage;
    onLink(true);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.topics.clear();
    this.exchange.members.delete(this as InProcessBus);
  }

  private deliver(topic: string, message: BusMessage<H>): void {
    if (this.topics.has(topic)) this.onMessage(topic, message);
  }
}
