import { type UnreadSummary, c2cConversation } from '@app/protocol';
import { type Person, type TestClient, World } from '@app/testing';

type Somebody = Person & { client: TestClient };

describe('what is unread', () => {
  let world: World;
  let people = 0;
  let ada: Somebody, bob: Somebody, groupId: string;

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  let messages = 0;
  const mention = (who: Somebody, mentions: string[], target: { groupId: string } | { to: string } = { groupId }) =>
    who.client.call('send', { ...target, type: 'text', payload: { text: '@' }, clientMsgId: `mention${++messages}`, mentions });
  const line = async ({ client }: Somebody, convId = `group:${groupId}`) => {
    const { conversations } = await client.call('sync', {});
    const found = conversations.find((one) => one.convId === convId);
    return { unread: found?.unread, mentionedUnread: found?.mentionedUnread };
  };
  const summary = async (person: Person) => (await world.get<UnreadSummary>('/api/unread/summary', person)).body;
  const markAll = async (person: Person) => (await world.post('/api/unread/mark_all_read', undefined, person)).body;
  const mute = (person: Person, convId: string, muted: boolean) => world.post(`/api/conversations/${convId}/mute`, { muted }, person);

  beforeEach(async () => {
    [ada, bob] = [await someone('ada'), await someone('bob')];
    groupId = await world.group(ada, [bob]);
  });

  describe('mentions', () => {
    it('count for whom they name, and @all for everybody but the sender', async () => {
      const carol = await someone('carol');
      await world.post(`/api/groups/${groupId}/join`, undefined, carol);
      await ada.client.say({ groupId }, 'nobody in particular');
      await mention(ada, [bob.id]);
      await mention(ada, ['@all']);
      await mention(bob, [ada.id, bob.id]);
      expect(await line(ada)).toEqual({ unread: 1, mentionedUnread: 1 });
      expect(await line(bob)).toEqual({ unread: 3, mentionedUnread: 2 });
      expect(await line(carol)).toEqual({ unread: 4, mentionedUnread: 1 });
    });

    it('count a message once, however it names somebody', async () => {
      await mention(ada, [bob.id, bob.id]);
      await mention(ada, [bob.id, '@all']);
      expect(await line(bob)).toEqual({ unread: 2, mentionedUnread: 2 });
    });

    it('are read with their message, and told by the answer and the hint', async () => {
      const { seq } = await mention(ada, [bob.id]);
      await mention(ada, [bob.id]);
      const answer = await bob.client.call('read', { groupId, seq });
      expect(answer).toEqual({ convId: `group:${groupId}`, readSeq: seq, unread: 1, mentionedUnread: 1 });
      expect(await bob.client.next('read')).toEqual(answer);
      expect(await bob.client.call('read', { groupId, seq: seq + 1 })).toMatchObject({ unread: 0, mentionedUnread: 0 });
    });

    it('go with a recalled message', async () => {
      const { seq } = await mention(ada, [bob.id, ada.id]);
      const all = await mention(ada, ['@all', bob.id]);
      for (const target of [seq, seq, all.seq]) await ada.client.call('recall', { groupId, seq: target });
      expect(await line(bob)).toEqual({ unread: 0, mentionedUnread: 0 });
    });

    it('of a retried send count once', async () => {
      const data = { groupId, type: 'text' as const, payload: { text: '@' }, clientMsgId: 'once', mentions: [bob.id] };
      await Promise.all([ada.client.call('send', data), ada.client.call('send', data)]);
      await ada.client.call('send', data);
      expect(await line(bob)).toEqual({ unread: 1, mentionedUnread: 1 });
    });

    it('of an earlier membership do not count in a later one', async () => {
      await mention(ada, [bob.id]);
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      await mention(ada, ['@all']);
      await world.post(`/api/groups/${groupId}/join`, undefined, bob);
      expect(await line(bob)).toEqual({ unread: 0, mentionedUnread: 0 });
    });

    it('of a c2c count alike', async () => {
      await mention(ada, [bob.id], { to: bob.id });
      expect(await line(bob, c2cConversation(ada.id, bob.id).convId)).toEqual({ unread: 1, mentionedUnread: 1 });
    });
  });

  describe('the summary', () => {
    it('adds up all conversations, with muted ones apart', async () => {
      expect(await summary(bob)).toEqual({ unread: 0, mentionedUnread: 0, conversations: 0, mutedUnread: 0 });
      await ada.client.say({ to: bob.id }, 'one');
      await ada.client.say({ to: bob.id }, 'two');
      await mention(ada, [bob.id]);
      await bob.client.say({ groupId }, 'my own');
      expect(await summary(bob)).toEqual({ unread: 3, mentionedUnread: 1, conversations: 2, mutedUnread: 0 });
      await mute(bob, `group:${groupId}`, true);
      expect(await summary(bob)).toEqual({ unread: 2, mentionedUnread: 1, conversations: 1, mutedUnread: 1 });
      await mute(bob, `group:${groupId}`, false);
      await world.post('/api/conversations/delete', { convId: c2cConversation(ada.id, bob.id).convId }, bob);
      expect(await summary(bob)).toEqual({ unread: 1, mentionedUnread: 1, conversations: 1, mutedUnread: 0 });
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      expect(await summary(bob)).toEqual({ unread: 0, mentionedUnread: 0, conversations: 0, mutedUnread: 0 });
    });
  });

  describe('reading everything at once', () => {
    it('moves every position to the end, tells the own devices and the other sides, and again does nothing', async () => {
      const phone = await world.connect(bob, { deviceId: 'phone' });
      const other = await world.group(ada, [bob]);
      await ada.client.say({ to: bob.id }, 'hello');
      await mention(ada, ['@all']);
      const { seq } = await bob.client.say({ groupId }, 'me too');
      expect(await markAll(bob)).toEqual({ conversations: 2 });
      const { convId } = c2cConversation(ada.id, bob.id);
      const told = [
        { convId, readSeq: 1, unread: 0, mentionedUnread: 0 },
        { convId: `group:${groupId}`, readSeq: seq, unread: 0, mentionedUnread: 0 },
      ];
      for (const device of [bob.client, phone]) {
        await device.until(() => device.all('read').length === 2);
        expect(device.all('read')).toEqual(told);
      }
      expect(await ada.client.next('receipt')).toEqual({ convId, userId: bob.id, readSeq: 1, deliveredSeq: 1 });
      expect(await summary(bob)).toEqual({ unread: 0, mentionedUnread: 0, conversations: 0, mutedUnread: 0 });
      expect(await markAll(bob)).toEqual({ conversations: 0 });
      await mention(ada, [bob.id], { groupId: other });
      expect(await summary(bob)).toEqual({ unread: 1, mentionedUnread: 1, conversations: 1, mutedUnread: 0 });
      await ada.client.settled();
      expect(ada.client.all('receipt')).toHaveLength(1);
    });

    it('of very many conversations tells the own devices to ask', async () => {
      const groups = await Promise.all(Array.from({ length: 205 }, () => world.group(ada, [bob])));
      await Promise.all(groups.map((id) => ada.client.say({ groupId: id }, 'hello')));
      expect(await summary(bob)).toMatchObject({ unread: 205, conversations: 205 });
      expect(await markAll(bob)).toEqual({ conversations: 205 });
      expect(await bob.client.next('resync')).toEqual({ reason: 'read' });
      expect(bob.client.all('read')).toEqual([]);
      expect(await summary(bob)).toMatchObject({ unread: 0, conversations: 0 });
    });

    it('is right while others talk, and from two devices at once', async () => {
      const talk = Array.from({ length: 40 }, (_, i) =>
        (i % 3 ? ada : bob).client.say(i % 2 ? { groupId } : { to: i % 3 ? bob.id : ada.id }, '!'),
      );
      await Promise.all([...talk, markAll(bob), markAll(bob), markAll(ada)]);
      for (const person of [ada, bob]) {
        for (const convId of [`group:${groupId}`, c2cConversation(ada.id, bob.id).convId]) {
          const { entries } = await person.client.call('entries', { convId, afterSeq: 0, limit: 500 });
          const { conversations } = await person.client.call('sync', {});
          const found = conversations.find((one) => one.convId === convId);
          const above = entries.filter(
            (entry) => entry.kind === 'message' && entry.from !== person.id && entry.seq > (found?.readSeq ?? 0),
          );
          expect(found?.unread).toBe(above.length);
        }
      }
    });
  });
});
