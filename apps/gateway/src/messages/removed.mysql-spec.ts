import { Cluster, type Person, type TestClient, type World, codeOf } from '@app/testing';

const hour = 3_600_000;

/** Two gateways that hear nothing of each other: what one decides the other can only know from the store. */
let cluster: Cluster;
let here: World;
let there: World;
let owner: Person;

beforeAll(async () => {
  cluster = await Cluster.start(2);
  [here, there] = cluster.worlds as [World, World];
  cluster.cutOff = true;
  owner = await here.person('owner');
});
afterAll(() => cluster.close());

/** A group whose member `name` writes through the other gateway, which has checked and remembers their right. */
async function writer(name: string): Promise<{ groupId: string; person: Person; client: TestClient }> {
  const person = await here.person(name);
  const groupId = await here.group(owner, [person]);
  const client = await there.connect(person);
  await client.say({ groupId }, 'first');
  return { groupId, person, client };
}

const keysIn = async (groupId: string): Promise<string[]> => {
  const { body } = await here.get<{ messages: { clientMsgId: string }[] }>(
    `/api/messages/history?convId=group:${groupId}&limit=200`,
    owner,
  );
  return body.messages.map(({ clientMsgId }) => clientMsgId);
};

describe('a gateway that was not told', () => {
  it.each([
    ['removed', 'DELETE', undefined, 'NOT_GROUP_MEMBER'],
    ['muted', 'PUT', { mutedUntil: Date.now() + hour }, 'MUTED'],
  ] as const)('stores nothing of a member who was %s elsewhere', async (what, method, body, code) => {
    const { groupId, person, client } = await writer(`member-${what}`);
    await client.say({ groupId }, 'before', 'before');
    const { status } = await here.request(method, `/api/groups/${groupId}/members/${person.id}`, body, owner);
    expect(status).toBe(200);

    const sends = Array.from({ length: 20 }, (_, i) => codeOf(client.say({ groupId }, 'after', `after-${i}`)));
    expect(await Promise.all(sends)).toEqual(sends.map(() => code));
    expect(await client.say({ groupId }, 'before', 'before')).toMatchObject({ duplicate: true });
    expect((await keysIn(groupId)).filter((key) => key.startsWith('after'))).toEqual([]);
  });

  it('stores nothing above the removal, however close the two are', async () => {
    const { groupId, person, client } = await writer('member-racing');
    const acks: Promise<number>[] = [];
    let refused = '';
    const write = async (): Promise<void> => {
      for (let i = 0; refused === ''; i++) {
        const ack = client.say({ groupId }, 'racing').then(({ seq }) => seq);
        acks.push(ack);
        ack.catch((error: { code?: string }) => (refused = error.code ?? 'no code'));
        if (i % 5 === 4) await ack.catch(() => undefined);
      }
    };
    const writing = write();
    await Promise.all(acks.slice(0, 5));
    await here.request('DELETE', `/api/groups/${groupId}/members/${person.id}`, undefined, owner);
    await writing;
    await Promise.allSettled(acks);
    expect(refused).toBe('NOT_GROUP_MEMBER');

    const reader = await here.connect(owner);
    const { entries, lastSeq } = await reader.call('entries', { groupId, afterSeq: 0, limit: 500 });
    expect(entries.at(-1)).toMatchObject({ kind: 'member_left', userId: person.id, seq: lastSeq });
    const stored = (await Promise.allSettled(acks)).flatMap((ack) => (ack.status === 'fulfilled' ? [ack.value] : []));
    expect(Math.max(...stored)).toBeLessThan(lastSeq);
  });

  it('lets a member write whose mute has been taken back, and one who has joined again, in their new window', async () => {
    const { groupId, person, client } = await writer('member-again');
    const member = `/api/groups/${groupId}/members/${person.id}`;
    await here.request('PUT', member, { mutedUntil: Date.now() + hour }, owner);
    expect(await codeOf(client.say({ groupId }, 'muted'))).toBe('MUTED');
    await here.request('PUT', member, { mutedUntil: null }, owner);
    await client.say({ groupId }, 'spoken');

    await client.call('subscribe_group', { groupId });
    await here.request('DELETE', member, undefined, owner);
    await (await here.connect(owner)).say({ groupId }, 'unheard');
    await here.post(`/api/groups/${groupId}/join`, undefined, person);
    const { seq } = await client.say({ groupId }, 'back');
    const { messages } = await client.call('history', { groupId });
    expect(messages.map((message) => message.seq)).toEqual([seq]);
    expect((await client.call('subscribe_group', { groupId, fromSeq: 0 })).recovered).toBe(true);
    await client.next('message', (message) => message.seq === seq);
    const heard = client.all('message').map(({ payload }) => (payload as { text: string }).text);
    expect(heard.filter((text) => text === 'unheard')).toEqual([]);
    expect(await codeOf(client.call('send', { groupId, type: 'text', payload: { text: 'to what?' }, clientMsgId: 'x', replyTo: 2 }))).toBe(
      'BAD_REQUEST',
    );
  });
});
