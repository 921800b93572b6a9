import { type MessageType, c2cConversation, groupConversation, mentionAll } from '@app/protocol';
import { type Seeded, type TempStore, openTempStore, withSeed } from '@app/testing';
import { type ConversationRef, clientKey } from './entry-row';

const users = ['ann', 'Ann', 'bob', 'cy'] as const;
const steps = 3_000;

interface Said {
  readonly seq: number;
  readonly sender: string;
  readonly isMessage: boolean;
  readonly countable: boolean;
  readonly mentions: readonly string[];
  recalled: boolean;
}

interface Place {
  until: number | null;
  readSeq: number;
  hiddenSeq: number;
}

/** What a conversation should be, kept without any counter. */
class Model {
  readonly said: Said[] = [];
  readonly places = new Map<string, Place>();

  constructor(readonly ref: ConversationRef) {}

  get lastSeq(): number {
    return this.said.length;
  }

  note(seq: number, sender: string, type?: MessageType, mentions: readonly string[] = []): void {
    expect(seq).toBe(this.lastSeq + 1);
    const isMessage = type !== undefined;
    this.said.push({ seq, sender, isMessage, countable: isMessage && type !== 'system', mentions, recalled: false });
  }

  present(): string[] {
    return [...this.places].filter(([, { until }]) => until === null).map(([userId]) => userId);
  }

  /** Counts one by one. */
  unread(userId: string): { unread: number; mentionedUnread: number } {
    const place = this.places.get(userId);
    if (place?.until !== null) return { unread: 0, mentionedUnread: 0 };
    const base = Math.max(place.readSeq, place.hiddenSeq);
    const unread = this.said.filter(({ seq, sender, countable, recalled }) => countable && !recalled && sender !== userId && seq > base);
    const mentioned = unread.filter(({ mentions }) => mentions.includes(userId) || mentions.includes(mentionAll));
    return { unread: unread.length, mentionedUnread: mentioned.length };
  }

  /** Whether the user deleted it and nothing was said since. */
  hidden(userId: string): boolean {
    const { hiddenSeq = 0 } = this.places.get(userId) ?? {};
    return hiddenSeq > 0 && !this.said.some(({ seq, isMessage }) => isMessage && seq > hiddenSeq);
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
    const mentions = type === 'text' && this.random.chance(0.3) ? this.mentions(model) : undefined;
    const content = { kind: 'message', type, body: '{}', mentions } as const;
    const tries = this.random.chance(0.1) ? 2 : 1;
    const append = () => this.store.log.append({ conversation: model.ref, sender, key, content });
    const [stored] = await Promise.all(Array.from({ length: tries }, append));
    if (stored) model.note(stored.seq, sender, type, mentions);
  }

  async recall(model: Model): Promise<void> {
    const by = this.someone(model);
    if (by === undefined || model.lastSeq === 0) return;
    const seq = 1 + this.random.below(model.lastSeq);
    const row = await this.store.entries.one(model.ref, seq);
    const said = model.said[seq - 1];
    if (row?.kind !== 'message' || !said) return;
    const stored = await this.store.log.change(model.ref, async (change) => {
      await this.store.entries.recall(change, model.ref, [row], change.now);
      return change.append(by, { kind: 'recalled', fields: { targetSeq: seq } });
    });
    said.recalled = true;
    model.note(stored.seq, by);
    const [entry] = (await this.store.entries.after(model.ref, { from: 1, until: null }, seq - 1, 1)).items;
    expect(entry).toMatchObject({ seq, recalled: true });
    expect(entry).not.toHaveProperty('payload');
  }

  async read(model: Model): Promise<void> {
    const userId = this.random.pick(users);
    const place = model.places.get(userId);
    const seq = this.random.below(model.lastSeq + 3);
    const answer = await this.store.positions.moveRead(model.ref, userId, seq);
    if (place?.until !== null) {
      expect(answer).toBeUndefined();
      return;
    }
    const readSeq = Math.max(place.readSeq, Math.min(seq, model.lastSeq));
    const before = place.readSeq;
    const moved = readSeq > before;
    place.readSeq = readSeq;
    const receipt = moved && model.ref.name.convType === 'c2c' ? { receipt: { readSeq, deliveredSeq: readSeq } } : {};
    expect(answer).toEqual({ readSeq, movedFrom: moved ? before : undefined, ...model.unread(userId), ...receipt });
  }

  async hide(model: Model): Promise<void> {
    const userId = this.random.pick(users);
    const place = model.places.get(userId);
    const answer = await this.store.positions.hide(model.ref, userId);
    expect(answer?.hiddenSeq).toBe(place && (place.until ?? model.lastSeq));
    if (place) place.hiddenSeq = place.until ?? model.lastSeq;
  }

  /** Reads all of one user's conversations at once. */
  async readAll(_: Model, models: readonly Model[]): Promise<void> {
    const userId = this.random.pick(users);
    const some = models.filter((model) => model.unread(userId).unread > 0);
    const { read, cursor } = await this.store.positions.readAll(userId, 0);
    expect(cursor).toBeNull();
    expect(read.map(({ name }) => name.convId).sort()).toEqual(some.map(({ ref }) => ref.name.convId).sort());
    for (const model of some) {
      const place = model.places.get(userId);
      if (place) place.readSeq = model.lastSeq;
    }
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
      await this.store.members.open(change, model.ref, [member]);
      return seq;
    });
    model.note(seq, userId);
    model.places.set(userId, { until: null, readSeq: seq, hiddenSeq: 0 });
  }

  private async leave(model: Model, userId: string): Promise<void> {
    const seq = await this.store.log.change(model.ref, async (change) => {
      const { seq } = change.append(userId, { kind: 'member_left', fields: { userId, reason: 'left' } });
      await this.store.members.close(change, model.ref, userId, seq, change.now);
      change.raiseAcl();
      return seq;
    });
    model.note(seq, userId);
    const place = model.places.get(userId);
    if (place) place.until = seq;
  }

  private mentions(model: Model): string[] {
    const named = model.present().filter(() => this.random.chance(0.4));
    return model.ref.name.convType === 'group' && this.random.chance(0.2) ? [...named, mentionAll] : [...named, ...named];
  }

  private someone(model: Model): string | undefined {
    const present = model.present();
    return present.length > 0 ? this.random.pick(present) : undefined;
  }
}

async function check(store: TempStore, models: readonly Model[]): Promise<void> {
  for (const userId of users) {
    const { conversations } = await store.lists.changed(userId, 1, 0, 100);
    const shown = conversations.map(({ convId, unread, mentionedUnread, lastSeq, left = false, hidden = false }) => {
      return { convId, unread, mentionedUnread, lastSeq, left, hidden };
    });
    const expected = models.flatMap((model) => {
      const place = model.places.get(userId);
      if (!place || model.lastSeq === 0) return [];
      const { convId } = model.ref.name;
      const [left, hidden] = [place.until !== null, model.hidden(userId)];
      return [{ convId, ...model.unread(userId), lastSeq: place.until ?? model.lastSeq, left, hidden }];
    });
    expect({ userId, shown }).toEqual({ userId, shown: expected });
    const { conversations: present } = await store.lists.changed(userId, 0, 0, 100);
    expect(present).toEqual(conversations.filter(({ left, hidden }) => !left && !hidden));
    const { conversations: listed } = await store.lists.list(userId, undefined, 100);
    expect(new Set(listed)).toEqual(new Set(present));
    const sum = (of: 'unread' | 'mentionedUnread') => present.reduce((total, line) => total + line[of], 0);
    const withUnread = present.filter(({ unread }) => unread > 0).length;
    const summary = { unread: sum('unread'), mentionedUnread: sum('mentionedUnread'), conversations: withUnread, mutedUnread: 0 };
    expect(await store.lists.summary(userId)).toEqual(summary);
  }
}

it(
  'unread is what a count one by one gives, through sends, mentions, recalls, reads, deletions, joins and leaves',
  () =>
    withSeed(async (random) => {
      const store = await openTempStore();
      try {
        const c2c = new Model(await store.conversations.ensure(c2cConversation('ann', 'Ann')));
        for (const userId of ['ann', 'Ann']) c2c.places.set(userId, { until: null, readSeq: 0, hiddenSeq: 0 });
        const group = new Model(await store.conversations.ensure(groupConversation('g')));
        const models = [c2c, group];
        const players = new Players(store, random);
        const weighted = [
          ...Array<'send'>(11).fill('send'),
          ...Array<'read'>(4).fill('read'),
          ...Array<'recall'>(3).fill('recall'),
          ...Array<'comeOrGo'>(2).fill('comeOrGo'),
          'hide' as const,
          'readAll' as const,
        ];
        for (let step = 1; step <= steps; step++) {
          await players[random.pick(weighted)](random.pick(models), models);
          if (step % 20 === 0) await check(store, models);
        }
      } finally {
        await store.close();
      }
    }),
  120_000,
);
