import { type MessageType, c2cConversation, groupConversation } from '@app/protocol';
import { type Seeded, type TempStore, openTempStore, withSeed } from '@app/testing';
import { type ConversationRef, clientKey } from './entry-row';

const users = ['ann', 'Ann', 'bob', 'cy'] as const;
const steps = 3_000;

interface Said {
  readonly seq: number;
  readonly sender: string;
  readonly countable: boolean;
  recalled: boolean;
}

interface Place {
  until: number | null;
  readSeq: number;
}

/** What a conversation should be, kept without any counter. */
class Model {
  readonly said: Said[] = [];
  readonly places = new Map<string, Place>();

  constructor(readonly ref: ConversationRef) {}

  get lastSeq(): number {
    return this.said.length;
  }

  note(seq: number, sender: string, countable: boolean): void {
    expect(seq).toBe(this.lastSeq + 1);
    this.said.push({ seq, sender, countable, recalled: false });
  }

  present(): string[] {
    return [...this.places].filter(([, { until }]) => until === null).map(([userId]) => userId);
  }

  /** Counts one by one. */
  unread(userId: string): number {
    const place = this.places.get(userId);
    if (place?.until !== null) return 0;
    return this.said.filter(({ seq, sender, countable, recalled }) => countable && !recalled && sender !== userId && seq > place.readSeq)
      .length;
  }
}

/** The steps that users take, as a gateway takes them. */
class Players {
  private keys = 0;

  constructor(
    private readonly store: TempStore,
    private readonly random: Seeded,
  ) {}

  async send(model: Model): Promise<void> {
    const sender = this.someone(model);
    if (sender === undefined) return;
    const type: MessageType = this.random.chance(0.1) ? 'system' : 'text';
    const key = clientKey(`${this.keys++}`);
    const content = { kind: 'message', type, body: '{}' } as const;
    const tries = this.random.chance(0.1) ? 2 : 1;
    const append = () => this.store.log.append({ conversation: model.ref, sender, key, content });
    const [stored] = await Promise.all(Array.from({ length: tries }, append));
    if (stored) model.note(stored.seq, sender, type !== 'system');
  }

  async recall(model: Model): Promise<void> {
    const by = this.someone(model);
    if (by === undefined || model.lastSeq === 0) return;
    const seq = 1 + this.random.below(model.lastSeq);
    const row = await this.store.entries.one(model.ref, seq);
    const said = model.said[seq - 1];
    if (row?.kind !== 'message' || !said) return;
    const stored = await this.store.log.change(model.ref, async (change) => {
      await this.store.entries.recall(change, model.ref, row);
      return change.append(by, { kind: 'recalled', fields: { targetSeq: seq } });
    });
    said.recalled = true;
    model.note(stored.seq, by, false);
    const [entry] = (await this.store.entries.after(model.ref, { from: 1, until: null }, seq - 1, 1)).items;
    expect(entry).toMatchObject({ seq, recalled: true });
    expect(entry).not.toHaveProperty('payload');
  }

  async read(model: Model): Promise<void> {
    const userId = this.random.pick(users);
    const place = model.places.get(userId);
    const seq = this.random.below(model.lastSeq + 3);
    const answer = await this.store.members.moveRead(model.ref, userId, seq);
    if (place?.until !== null) {
      expect(answer).toBeUndefined();
      return;
    }
    const readSeq = Math.max(place.readSeq, Math.min(seq, model.lastSeq));
    const moved = readSeq > place.readSeq;
    place.readSeq = readSeq;
    expect(answer).toEqual({ readSeq, moved, unread: model.unread(userId) });
  }

  async comeOrGo(model: Model): Promise<void> {
    if (model.ref.name.convType === 'c2c') return;
    const userId = this.random.pick(users);
    await (model.places.get(userId)?.until === null ? this.leave(model, userId) : this.join(model, userId));
  }

  private async join(model: Model, userId: string): Promise<void> {
    const seq = await this.store.log.change(model.ref, async (change) => {
      const { seq, number } = change.append(userId, { kind: 'member_joined', fields: { userId } });
      const member = { userId, role: 'member', fromSeq: seq, readSeq: seq, readNumber: number, at: change.now } as const;
      await this.store.members.open(change, model.ref, member);
      return seq;
    });
    model.note(seq, userId, false);
    model.places.set(userId, { until: null, readSeq: seq });
  }

  private async leave(model: Model, userId: string): Promise<void> {
    const seq = await this.store.log.change(model.ref, async (change) => {
      const { seq } = change.append(userId, { kind: 'member_left', fields: { userId, reason: 'left' } });
      await this.store.members.close(change, model.ref, userId, seq, change.now);
      change.raiseAcl();
      return seq;
    });
    model.note(seq, userId, false);
    const place = model.places.get(userId);
    if (place) place.until = seq;
  }

  private someone(model: Model): string | undefined {
    const present = model.present();
    return present.length > 0 ? this.random.pick(present) : undefined;
  }
}

async function check(store: TempStore, models: readonly Model[]): Promise<void> {
  for (const userId of users) {
    const { conversations } = await store.conversations.list(userId, 1, 0, 100);
    const shown = conversations.map(({ convId, unread, lastSeq, left }) => ({ convId, unread, lastSeq, left: left ?? false }));
    const expected = models.flatMap((model) => {
      const place = model.places.get(userId);
      if (!place || model.lastSeq === 0) return [];
      return [
        { convId: model.ref.name.convId, unread: model.unread(userId), lastSeq: place.until ?? model.lastSeq, left: place.until !== null },
      ];
    });
    expect({ userId, shown }).toEqual({ userId, shown: expected });
    const { conversations: present } = await store.conversations.list(userId, 0, 0, 100);
    expect(present).toEqual(conversations.filter(({ left }) => !left));
  }
}

it('unread is what a count one by one gives, through sends, recalls, reads, joins and leaves', () =>
  withSeed(async (random) => {
    const store = await openTempStore();
    try {
      const c2c = new Model(await store.conversations.ensure(c2cConversation('ann', 'Ann')));
      for (const userId of ['ann', 'Ann']) c2c.places.set(userId, { until: null, readSeq: 0 });
      const group = new Model(await store.conversations.ensure(groupConversation('g')));
      const models = [c2c, group];
      const players = new Players(store, random);
      const weighted = [
        ...Array<'send'>(11).fill('send'),
        ...Array<'read'>(4).fill('read'),
        ...Array<'recall'>(3).fill('recall'),
        ...Array<'comeOrGo'>(2).fill('comeOrGo'),
      ];
      for (let step = 1; step <= steps; step++) {
        await players[random.pick(weighted)](random.pick(models));
        if (step % 20 === 0) await check(store, models);
      }
    } finally {
      await store.close();
    }
  }));
