// One user, two devices: one goes away, the other goes on, and in the end both know the same.
// Beside `npm start`: npx ts-node -T examples/two-devices.ts [server]
import { createHash } from 'node:crypto';
import { type ClientState, type Conversation, type Entry, ParleyClient, ParleyRest, c2cConvId } from '../libs/sdk/src';

const url = process.argv[2] ?? 'http://localhost:8080';

/** What a device shows of a conversation. */
type Line = Pick<Conversation, 'lastSeq' | 'readSeq' | 'unread' | 'pinned' | 'muted' | 'draft'>;

/** A device of a user, and what it knows: all of it came by `sync`, or by the events since. */
class Device {
  readonly lines = new Map<string, Line>();
  readonly friends = new Set<string>();
  client!: ParleyClient;
  private state: ClientState | undefined;
  private onChange = () => {};

  constructor(
    readonly deviceId: string,
    private readonly user: { readonly userId: string; readonly token: string },
  ) {}

  connect(): void {
    const { deviceId, state } = this;
    const client = (this.client = new ParleyClient({
      url,
      token: this.user.token,
      deviceId,
      onError: console.error,
      ...(state && { state }),
    }));
    client.on('conversations', (lines) => lines.forEach((line) => this.put(line.convId, line)));
    client.on('read', (read) => this.put(read.convId, read));
    client.on('conversation_settings', (settings) => this.put(settings.convId, settings));
    client.on('timeline', (timeline) => timeline.on('entry', (entry) => this.heard(entry)));
    client.on('friends', (friends) => friends.forEach(({ userId, removed }) => this.befriend(userId, !removed)));
    client.on('friend_added', ({ userId }) => this.befriend(userId, true));
    client.on('friend_removed', ({ userId }) => this.befriend(userId, false));
  }

  /** Goes away. What it knows stays on it, and so does what the client needs to ask for the rest. */
  leave(): void {
    this.state = this.client.state();
    this.client.close();
  }

  /** Waits until the device knows something. */
  until(knows: (device: Device) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = () => knows(this) && resolve();
      this.onChange();
    });
  }

  /** The same for devices that know the same. */
  hash(): string {
    const known = [...this.lines].map(([convId, { lastSeq, readSeq, unread, pinned, muted, draft }]) => {
      return [convId, lastSeq, readSeq, unread, pinned, muted, draft];
    });
    return createHash('sha256')
      .update(JSON.stringify([known.sort(), [...this.friends].sort()]))
      .digest('hex')
      .slice(0, 16);
  }

  private heard(entry: Entry): void {
    const { convId, seq } = entry;
    const line = this.lines.get(convId);
    // A line that came by `sync` counts what the timeline tells after it.
    if (!line || seq <= line.lastSeq) return;
    const counts = entry.kind === 'message' && entry.type !== 'system' && entry.from !== this.user.userId;
    this.put(convId, { lastSeq: seq, unread: line.unread + (counts ? 1 : 0) });
  }

  private put(convId: string, line: Partial<Line>): void {
    this.lines.set(convId, { ...this.lines.get(convId), ...line } as Line);
    this.onChange();
  }

  private befriend(userId: string, friends: boolean): void {
    if (friends) this.friends.add(userId);
    else this.friends.delete(userId);
    this.onChange();
  }
}

async function enter(name: string): Promise<{ userId: string; token: string }> {
  const rest = new ParleyRest({ url });
  const account = { username: `${name}-${Date.now()}`, password: 'correct horse' };
  await rest.request('register', { body: account });
  return rest.request('login', { body: account });
}

async function main(): Promise<void> {
  const [ada, bob] = [await enter('ada'), await enter('bob')];
  const [phone, laptop] = [new Device('phone', ada), new Device('laptop', ada)];
  const friend = new ParleyClient({ url, token: bob.token, onError: console.error });
  const say = (text: string) => friend.send({ to: ada.userId, type: 'text', payload: { text } });
  const convId = c2cConvId(ada.userId, bob.userId);
  const show = (what: string) => console.log(`${what.padEnd(24)} phone ${phone.hash()}   laptop ${laptop.hash()}`);

  await say('Are you there?');
  for (const device of [phone, laptop]) {
    device.connect();
    await device.until(({ lines }) => lines.get(convId)?.lastSeq === 1);
  }
  show('both are there');

  phone.leave();
  await say('It is about Friday.');
  const { seq } = await say('Do you come?');
  await laptop.client.call('read', { convId, seq });
  await laptop.client.request('pinConversation', { params: { convId }, body: { pinned: true } });
  await laptop.client.request('saveDraft', { params: { convId }, body: { text: 'Yes, and' } });
  const { id } = await friend.request('addFriend', { body: { friendId: ada.userId } });
  await laptop.client.request('acceptFriend', { params: { id } });

  const knowsAll = ({ lines, friends }: Device): boolean => {
    const line = lines.get(convId);
    return line?.lastSeq === seq && line.readSeq === seq && line.pinned && line.draft === 'Yes, and' && friends.has(bob.userId);
  };
  await laptop.until(knowsAll);
  show('the phone was away');
  phone.connect();
  await phone.until(knowsAll);
  show('the phone is back');

  for (const { client } of [phone, laptop]) client.close();
  friend.close();
  if (phone.hash() !== laptop.hash()) throw new Error('the devices do not know the same');
}

void main();
