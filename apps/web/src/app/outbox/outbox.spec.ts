import { type OutgoingMessage, ParleyError, type ParleyErrorCode, type SendAck } from '@app/sdk';
import type { OutboxItem } from './item';
import { Outbox } from './outbox';
import type { Shelf } from './shelf';

/** What a browser keeps for all of its tabs. */
class TestShelf implements Shelf {
  readonly items = new Map<string, OutboxItem>();

  async ofUser(userId: string): Promise<readonly OutboxItem[]> {
    return [...this.items.values()].filter((item) => item.userId === userId).sort((a, b) => a.createdAt - b.createdAt);
  }

  async put(item: OutboxItem): Promise<void> {
    this.items.set(item.clientMsgId, item);
  }

  async remove(clientMsgId: string): Promise<void> {
    this.items.delete(clientMsgId);
  }
}

/** A server that stores each message once, and a connection to it that may be away. */
class TestServer {
  readonly stored: string[] = [];
  /** Every send, of the same message too. */
  readonly sends: string[] = [];
  refusal: ParleyErrorCode | undefined;
  isAway = false;
  private waiting: (() => void)[] = [];

  readonly send = async ({ clientMsgId = '' }: OutgoingMessage): Promise<SendAck> => {
    if (this.isAway) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.sends.push(clientMsgId);
    if (this.refusal) throw new ParleyError(this.refusal, 'no');
    if (!this.stored.includes(clientMsgId)) this.stored.push(clientMsgId);
    return { seq: this.stored.indexOf(clientMsgId) + 1 } as SendAck;
  };

  /** The connection is back, and what waited for it goes on. */
  back(): void {
    this.isAway = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** The connection is back, and the pages that waited for it are closed. */
  waitsNoMore(): void {
    this.isAway = false;
    this.waiting = [];
  }
}

const convId = 'group:g';
const text = (clientMsgId: string): OutgoingMessage => ({ groupId: 'g', type: 'text', payload: { text: clientMsgId }, clientMsgId });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the outbox', () => {
  let shelf: TestShelf;
  let server: TestServer;
  beforeEach(() => void ([shelf, server] = [new TestShelf(), new TestServer()]));

  /** A tab of somebody: its outbox, and what it shows. */
  function tab(userId = 'ada', of: Shelf = shelf): { outbox: Outbox; shown: () => readonly OutboxItem[] } {
    let shown: readonly OutboxItem[] = [];
    return { outbox: new Outbox(server, userId, (items) => (shown = items), of), shown: () => shown };
  }

  it('keeps a message until it is stored', async () => {
    const { outbox, shown } = tab();
    server.isAway = true;
    await outbox.add(convId, text('a'));
    expect([[...shelf.items.keys()], shown()[0]?.storedSeq]).toEqual([['a'], undefined]);
    server.back();
    await settled();
    expect([shelf.items.size, shown()[0]?.storedSeq]).toEqual([0, 1]);
  });

  it('takes a message for sent that was stored, whatever the browser keeps', async () => {
    const broken: Shelf = { ofUser: async () => [], put: async () => undefined, remove: async () => undefined };
    const { outbox, shown } = tab('ada', broken);
    await outbox.resume();
    await outbox.add(convId, text('a'));
    await settled();
    expect(shown()).toMatchObject([{ storedSeq: 1 }]);
    expect(shown()[0]).not.toHaveProperty('refused');
  });

  it('sends what an earlier page left, oldest first, and once although two tabs find it', async () => {
    server.isAway = true;
    const closed = tab().outbox;
    for (const id of ['a', 'b', 'c']) await closed.add(convId, text(id));
    const [one, two] = [tab(), tab()];
    await Promise.all([one.outbox.resume(), two.outbox.resume()]);
    expect(one.shown().map(({ clientMsgId }) => clientMsgId)).toEqual(['a', 'b', 'c']);
    server.back();
    await settled();
    expect(server.stored).toEqual(['a', 'b', 'c']);
    expect(shelf.items.size).toBe(0);
  });

  it('sends what a tab left that was closed while this one was open, when there is a connection', async () => {
    const here = tab();
    await here.outbox.resume();
    server.isAway = true;
    await tab().outbox.add(convId, text('a'));
    server.waitsNoMore();
    await here.outbox.resume();
    await settled();
    expect(server.stored).toEqual(['a']);
  });

  it('sends nothing again that is under way, stored, given up or refused', async () => {
    const { outbox, shown } = tab();
    server.isAway = true;
    await outbox.add(convId, text('a'));
    await outbox.resume();
    server.back();
    await settled();
    server.refusal = 'NOT_GROUP_MEMBER';
    for (const id of ['b', 'c']) await outbox.add(convId, text(id));
    await settled();
    await outbox.drop('b');
    for (let round = 0; round < 2; round++) await outbox.resume();
    await settled();
    expect(server.sends).toEqual(['a', 'b', 'c']);
    expect(shown().map(({ clientMsgId, refused }) => [clientMsgId, refused])).toEqual([
      ['a', undefined],
      ['c', 'NOT_GROUP_MEMBER'],
    ]);
    expect([...shelf.items.keys()]).toEqual(['c']);
  });

  it('tries again what there was no room for', async () => {
    const { outbox } = tab();
    server.refusal = 'QUEUE_FULL';
    await outbox.add(convId, text('a'));
    await settled();
    server.refusal = undefined;
    await outbox.resume();
    await settled();
    expect(server.stored).toEqual(['a']);
  });

  it('does not keep a message as refused that was given up meanwhile', async () => {
    const { outbox, shown } = tab();
    server.isAway = true;
    await outbox.add(convId, text('a'));
    await outbox.drop('a');
    server.refusal = 'FORBIDDEN';
    server.back();
    await settled();
    expect([shown(), shelf.items.size]).toEqual([[], 0]);
  });

  it('leaves what another user wrote alone', async () => {
    server.isAway = true;
    await tab('ada').outbox.add(convId, text('a'));
    const bob = tab('bob');
    server.waitsNoMore();
    await bob.outbox.resume();
    await settled();
    expect([bob.shown(), server.sends, shelf.items.size]).toEqual([[], [], 1]);
  });
});
