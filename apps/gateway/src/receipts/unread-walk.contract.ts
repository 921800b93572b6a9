import { type Conversation, c2cConversation, groupConversation, mentionAll } from '@app/protocol';
import { Database } from '@app/storage';
import { type Person, Refused, type Seeded, type TestClient, type World } from '@app/testing';
import { type FoundEntry, LogModel } from './unread-model.contract';

const names = ['ann', 'Ann', 'bob'] as const;
const devices = 3;
/** Operations between two counts. */
const roundSize = 20;

/** What may come of an operation that others have overtaken: its target is gone, its right is gone. */
const bearable = new Set(['NOT_GROUP_MEMBER', 'NOT_FOUND', 'FORBIDDEN', 'BAD_REQUEST', 'BLOCKED', 'MUTED', 'RECALL_EXPIRED']);

interface Player {
  readonly person: Person;
  readonly clients: readonly TestClient[];
  /** What a client holds that began with an empty list and calls `sync` from time to time. */
  readonly lines: Map<string, Conversation>;
  token: string | undefined;
}

/** What is known of a user in a conversation from the answers alone. */
interface Place {
  readSeq: number;
  /** Whether something was asked since the last count that may have moved the read position. */
  moving: boolean;
  deliveredSeq: number;
  hiddenSeq: number;
  pinned: boolean;
  muted: boolean;
  draft: string | null;
}

type Operation = (player: Player, log: LogModel, place: Place) => Promise<void>;

/**
 * Three users with three devices each, spread over gateways of one store, do at random what moves unread. After every twenty operations,
 * half of the times all at once, everything that each user is told is compared with a count one by one along the logs.
 */
export class UnreadWalk {
  private operations = 0;
  private refused = 0;
  private readonly tally = new Map<Kind, number>();
  private readonly players: Player[] = [];
  private readonly logs: LogModel[] = [];
  private readonly places = new Map<string, Place>();
  /** Pairs of `<user> <blocked user>`. */
  private readonly blocks = new Set<string>();
  /** What of a user and a conversation was set in this round; it is set once, so that it is known what it is afterwards. */
  private readonly claimed = new Set<string>();
  private keys = 0;

  /** `tick` is called before and after each round. */
  constructor(
    private readonly worlds: readonly World[],
    private readonly random: Seeded,
    private readonly tick: () => void = () => undefined,
  ) {}

  async begin(): Promise<void> {
    const [world] = this.worlds;
    if (!world) throw new Error('a walk needs a gateway');
    for (const name of names) {
      const person = await world.person(name);
      const clients = await Promise.all(
        Array.from({ length: devices }, (_, i) => this.worldAt(i).connect(person, { deviceId: `${name}-${i}` })),
      );
      this.players.push({ person, clients, lines: new Map(), token: undefined });
    }
    const people = this.players.map(({ person }) => person);
    for (const [i, owner] of people.slice(0, 2).entries()) {
      const groupId = await world.group(
        owner,
        people.filter((person) => person !== owner),
        { name: `group ${i}` },
      );
      this.logs.push(new LogModel(groupConversation(groupId).convId, [owner.id, ...names]));
    }
    for (const [a, b] of [
      ['ann', 'Ann'],
      ['ann', 'bob'],
      ['Ann', 'bob'],
    ] as const)
      this.logs.push(new LogModel(c2cConversation(a, b).convId, [a, b]));
  }

  /** Does so many operations, and counts after every twenty; prints what they were. */
  async run(operations: number): Promise<void> {
    await this.count();
    while (this.operations < operations) {
      this.tick();
      this.claimed.clear();
      const atOnce = this.random.chance(0.5);
      const running: Promise<void>[] = [];
      for (let i = 0; i < roundSize; i++) {
        const operation = this.operation();
        if (atOnce) running.push(operation());
        else await operation();
        this.operations++;
      }
      await Promise.all(running);
      this.tick();
      await this.count();
    }
    const counts = [...this.tally].map(([kind, count]) => `${kind} ${count}`);
    process.stdout.write(`${this.operations} operations: ${counts.join(', ')}, refused ${this.refused}\n`);
  }

  private operation(): () => Promise<void> {
    const act = this.random.pick(weighted);
    const log = this.random.pick(this.logs);
    const player = this.random.pick(this.players.filter(({ person }) => log.members.includes(person.id)));
    const place = this.placeOf(player.person.id, log.convId);
    return () =>
      this.kinds[act](player, log, place).then(
        () => void this.tally.set(act, (this.tally.get(act) ?? 0) + 1),
        (error: unknown) => {
          if (!(error instanceof Refused) || !bearable.has(error.code)) throw error;
          this.refused++;
        },
      );
  }

  private readonly kinds: Readonly<Record<Kind, Operation>> = {
    send: (player, log) => this.say(player, log, undefined),
    mention: (player, log) => this.say(player, log, [this.random.pick(log.members), this.random.pick(log.members)]),
    // Of a group only its owner may.
    mentionAll: (player, log) => this.say(log.isGroup ? this.playerOf(log.members[0] ?? '') : player, log, [mentionAll, player.person.id]),
    recall: async (player, log) => {
      const seq = this.recent(log, player);
      if (seq > 0) await this.clientOf(player).call('recall', { convId: log.convId, seq });
    },
    edit: async (player, log) => {
      const seq = this.recent(log, player);
      const payload = { text: 'edited' };
      if (seq > 0) await this.clientOf(player).call('edit', { convId: log.convId, seq, payload });
    },
    read: async (player, { convId, lastSeq }, place) => {
      place.moving = true;
      const seq = 1 + this.random.below(lastSeq + 3);
      const { readSeq } = await this.clientOf(player).call('read', { convId, seq });
      place.readSeq = Math.max(place.readSeq, readSeq);
    },
    delivered: async (player, { convId, lastSeq, isGroup }, place) => {
      if (isGroup || lastSeq === 0) return;
      const seq = 1 + this.random.below(lastSeq);
      await this.clientOf(player).call('delivered', { convId, seq });
      place.deliveredSeq = Math.max(place.deliveredSeq, seq);
    },
    readAll: async ({ person }) => {
      for (const { convId } of this.logs) this.placeOf(person.id, convId).moving = true;
      await this.post('/api/unread/mark_all_read', undefined, person);
    },
    remove: async ({ person }, { convId }, place) => {
      if (!this.claim(person.id, convId)) return;
      const { hiddenSeq } = await this.post<{ hiddenSeq: number }>('/api/conversations/delete', { convId }, person);
      if (hiddenSeq > 0) Object.assign(place, { hiddenSeq, pinned: false, draft: null });
    },
    set: async ({ person }, { convId }, place) => {
      if (!this.claim(person.id, convId)) return;
      const [what, body, after] = this.random.pick([
        ['pin', { pinned: !place.pinned }, { pinned: !place.pinned }],
        ['mute', { muted: !place.muted }, { muted: !place.muted }],
        ['draft', { text: `draft ${this.keys}` }, { draft: `draft ${this.keys++}` }],
        ['draft', { text: null }, { draft: null }],
      ] as const);
      await this.post(`/api/conversations/${convId}/${what}`, body, person);
      Object.assign(place, after);
    },
    comeOrGo: async ({ person }, { convId, isGroup, present, members: [owner] }, place) => {
      if (!isGroup || person.id === owner || !this.claim(person.id, convId)) return;
      const group = `/api/groups/${convId.slice('group:'.length)}`;
      if (!present.has(person.id)) {
        place.moving = true;
        await this.post(`${group}/join`, undefined, person);
        return void Object.assign(place, { hiddenSeq: 0, pinned: false, draft: null });
      }
      if (this.random.chance(0.6)) return;
      if (this.random.chance(0.5)) await this.post(`${group}/leave`, undefined, person);
      else await this.request('DELETE', `${group}/members/${person.id}`, undefined, this.playerOf(owner ?? '').person);
    },
    block: async ({ person }, { isGroup, members, lastSeq }) => {
      const other = members.find((userId) => userId !== person.id) ?? '';
      const pair = `${person.id} ${other}`;
      if (isGroup || lastSeq === 0 || !this.claim('block', pair)) return;
      // Most of the time everybody may speak.
      if (!this.blocks.has(pair) && this.random.chance(0.7)) return;
      await (this.blocks.has(pair)
        ? this.request('DELETE', `/api/blocks/${other}`, undefined, person)
        : this.post('/api/blocks', { userId: other }, person));
      if (!this.blocks.delete(pair)) this.blocks.add(pair);
    },
  };

  private async say(player: Player, { convId }: LogModel, mentions: string[] | undefined): Promise<void> {
    const clientMsgId = `k${this.keys++}`;
    const data = { convId, type: 'text' as const, payload: { text: '!' }, clientMsgId, ...(mentions ? { mentions } : {}) };
    const client = this.clientOf(player);
    const tries = this.random.chance(0.05) ? 2 : 1;
    await Promise.all(Array.from({ length: tries }, () => client.call('send', data)));
  }

  /** Reads on in the logs, and compares what every user is told with what they say. */
  private async count(): Promise<void> {
    for (const log of this.logs) await this.readOn(log);
    for (const player of this.players) await this.sync(player);
    for (const player of this.players) {
      const { conversations } = await this.clientOf(player).call('sync', {});
      const listed = [...player.lines.values()].filter(({ left, hidden }) => !left && !hidden);
      expect(byId(conversations)).toEqual(byId(listed));
      for (const log of this.logs) this.compare(player, log);
      await this.compareList(player, conversations);
      await this.compareSummary(player, conversations);
    }
    for (const { clients } of this.players) for (const { events, replies } of clients) events.length = replies.length = 0;
  }

  private compare({ person, lines }: Player, log: LogModel): void {
    const line = lines.get(log.convId);
    const place = this.placeOf(person.id, log.convId);
    const isThere = log.members.includes(person.id) && log.present.has(person.id) && log.lastSeq > 0;
    if (!isThere) return expect({ convId: log.convId, left: line?.left ?? !line }).toEqual({ convId: log.convId, left: true });
    if (!line) throw new Error(`${person.id} is told nothing of ${log.convId}`);
    const joinedAt = log.joinedAt.get(person.id) ?? 0;
    const atLeast = Math.max(place.readSeq, log.isGroup ? joinedAt : 0);
    expect(line.readSeq).toBeGreaterThanOrEqual(atLeast);
    expect(line.readSeq).toBeLessThanOrEqual(place.moving ? log.lastSeq : atLeast);
    place.readSeq = line.readSeq;
    place.moving = false;
    const lastMessage = log.lastMessage();
    const seen = lastMessage > Math.max(place.hiddenSeq, joinedAt - 1);
    const { pinned, muted, draft, hiddenSeq } = place;
    expect({ user: person.id, ...line, lastMessage: line.lastMessage?.seq ?? 0, receipt: line.receipt }).toMatchObject({
      user: person.id,
      convId: log.convId,
      lastSeq: log.lastSeq,
      ...log.unreadOf(person.id, Math.max(line.readSeq, hiddenSeq)),
      lastMessage: seen ? lastMessage : 0,
      pinned,
      muted,
      draft,
      receipt: this.receiptFor(person.id, log),
    });
    expect([line.hiddenSeq ?? 0, line.hidden ?? false, line.left ?? false]).toEqual([
      hiddenSeq,
      hiddenSeq > 0 && lastMessage <= hiddenSeq,
      false,
    ]);
  }

  private receiptFor(userId: string, { isGroup, members, convId }: LogModel): Conversation['receipt'] {
    const other = members.find((id) => id !== userId) ?? '';
    if (isGroup || this.blocks.has(`${userId} ${other}`) || this.blocks.has(`${other} ${userId}`)) return undefined;
    const readSeq = this.playerOf(other).lines.get(convId)?.readSeq ?? 0;
    return { userId: other, readSeq, deliveredSeq: Math.max(readSeq, this.placeOf(other, convId).deliveredSeq) };
  }

  /** The list is what `sync` tells, in its order, page by page. */
  private async compareList({ person }: Player, conversations: readonly Conversation[]): Promise<void> {
    const listed: Conversation[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { conversations: Conversation[]; next: string | null } = await this.request(
        'GET',
        `/api/conversations?limit=2${query}`,
        undefined,
        person,
      );
      listed.push(...page.conversations);
      cursor = page.next;
    }
    expect(byId(listed)).toEqual(byId(conversations));
    const keys = listed.map(({ pinnedAt = 0, activeAt }) => ({ pinnedAt, activeAt }));
    expect(keys).toEqual([...keys].sort((a, b) => b.pinnedAt - a.pinnedAt || b.activeAt - a.activeAt));
  }

  private async compareSummary({ person }: Player, conversations: readonly Conversation[]): Promise<void> {
    const sum = (lines: readonly Conversation[], of: 'unread' | 'mentionedUnread') => lines.reduce((total, line) => total + line[of], 0);
    const loud = conversations.filter(({ muted }) => !muted);
    expect(await this.request('GET', '/api/unread/summary', undefined, person)).toEqual({
      unread: sum(loud, 'unread'),
      mentionedUnread: sum(conversations, 'mentionedUnread'),
      conversations: loud.filter(({ unread }) => unread > 0).length,
      mutedUnread: sum(conversations, 'unread') - sum(loud, 'unread'),
    });
  }

  private async sync(player: Player): Promise<void> {
    for (let more = true; more;) {
      const answer = await this.clientOf(player).call('sync', player.token === undefined ? {} : { since: player.token });
      for (const line of answer.conversations) player.lines.set(line.convId, line);
      [player.token, more] = [answer.next, answer.hasMore];
    }
  }

  private async readOn(log: LogModel): Promise<void> {
    const database = this.worldAt(0).gateway.app.get(Database);
    const found = await database.rows<FoundEntry>(
      `SELECT e.seq, e.kind, e.sender, e.type, e.mentions, e.body FROM entries e JOIN conversations c ON c.id = e.conversation_id
       WHERE c.conv_id = ? AND e.seq > ? ORDER BY e.seq`,
      [log.convId, log.lastSeq],
    );
    for (const entry of found) log.take(entry);
  }

  private recent(log: LogModel, { person }: Player): number {
    const own = log.recentOf(person.id, 40);
    return own.length > 0 ? this.random.pick(own) : 0;
  }

  private claim(userId: string, convId: string): boolean {
    const key = `${userId} ${convId}`;
    if (this.claimed.has(key)) return false;
    this.claimed.add(key);
    return true;
  }

  private placeOf(userId: string, convId: string): Place {
    const key = `${userId} ${convId}`;
    const found = this.places.get(key);
    if (found) return found;
    const place = { readSeq: 0, moving: false, deliveredSeq: 0, hiddenSeq: 0, pinned: false, muted: false, draft: null };
    this.places.set(key, place);
    return place;
  }

  private playerOf(userId: string): Player {
    const found = this.players.find(({ person }) => person.id === userId);
    if (!found) throw new Error(`${userId} does not play`);
    return found;
  }

  private worldAt(index: number): World {
    return this.worlds[index % this.worlds.length] as World;
  }

  private clientOf({ clients }: Player): TestClient {
    return this.random.pick(clients);
  }

  private post<T>(path: string, body: unknown, person: Person): Promise<T> {
    return this.request('POST', path, body, person);
  }

  private async request<T>(method: string, path: string, body: unknown, person: Person): Promise<T> {
    const answer = await this.random.pick(this.worlds).request<T>(method, path, body, person);
    if (answer.status >= 400) throw new Refused(answer.body as never);
    return answer.body;
  }
}

/** How often each kind of operation comes. */
const weights = {
  send: 24,
  mention: 8,
  mentionAll: 3,
  recall: 8,
  edit: 3,
  read: 16,
  delivered: 6,
  readAll: 1,
  remove: 3,
  set: 5,
  comeOrGo: 6,
  block: 3,
} as const;
type Kind = keyof typeof weights;
const weighted = (Object.entries(weights) as [Kind, number][]).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind));

const byId = (lines: readonly Conversation[]) => [...lines].sort((a, b) => (a.convId < b.convId ? -1 : 1));
