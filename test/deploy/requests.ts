import { setTimeout as sleep } from 'node:timers/promises';
import { c2cConversation } from '@app/protocol';
import type { Person } from '@app/testing';
import type { Deployment } from './deployment';

const lanes = 4;
/** Four lanes stay below what one user may send. */
const pauseMs = 250;

/** Somebody who asks by HTTP all the time, in four lanes: for pages, for themselves, and, which no proxy may repeat, to store a message. */
export class Requests {
  /** Answers that are none or tell of an error, with when they were asked for (`performance.now()`). */
  readonly failures: { readonly at: number; readonly what: string }[] = [];
  count = 0;
  private readonly acked: string[] = [];
  private running = true;
  private readonly work: Promise<unknown>;

  constructor(
    private readonly deployment: Deployment,
    private readonly person: Person,
    private readonly peer: Person,
  ) {
    this.work = Promise.all(Array.from({ length: lanes }, (_, lane) => this.run(lane)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.work;
  }

  /** Every message that was acked is stored once, and those of failed requests at most once. */
  async expectStoredOnce(): Promise<void> {
    const stored: string[] = [];
    const convId = c2cConversation(this.person.id, this.peer.id).convId;
    for (let afterSeq = 0, more = true; more;) {
      const path = `/api/messages/history?convId=${encodeURIComponent(convId)}&afterSeq=${afterSeq}&limit=200`;
      const { body } = await this.deployment.request<{ messages: { seq: number; clientMsgId: string }[]; hasMore: boolean }>(
        'GET',
        path,
        undefined,
        this.person,
      );
      stored.push(...body.messages.map(({ clientMsgId }) => clientMsgId));
      afterSeq = body.messages.at(-1)?.seq ?? afterSeq;
      more = body.hasMore;
    }
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toEqual(expect.arrayContaining(this.acked));
    if (this.failures.length === 0) expect(stored).toHaveLength(this.acked.length);
  }

  private async run(lane: number): Promise<void> {
    for (let n = 0; this.running; n++) {
      const clientMsgId = `h${lane}-${n}`;
      await this.ask('GET', '/healthz');
      await this.ask('GET', '/api/users/me');
      const body = { to: this.peer.id, type: 'text', payload: { text: clientMsgId }, clientMsgId };
      if (await this.ask('POST', '/api/messages', body)) this.acked.push(clientMsgId);
      await sleep(pauseMs);
    }
  }

  private async ask(method: string, path: string, body?: unknown): Promise<boolean> {
    const at = performance.now();
    this.count++;
    const status = await this.deployment.request(method, path, body, this.person).then(
      (answer) => answer.status,
      (error: unknown) => String((error as { cause?: unknown }).cause ?? error),
    );
    if (status === 200) return true;
    this.failures.push({ at, what: `${method} ${path}: ${status}` });
    return false;
  }
}
