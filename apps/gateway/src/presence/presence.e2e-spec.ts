import type { ActionOutput, EventData, OwnDevice } from '@app/protocol';
import { type Person, type TestClient, World, codeOf } from '@app/testing';

/** A fifth of it is how soon one must be back. */
const heartbeatMs = 2_000;

describe('presence', () => {
  let world: World;
  let people = 0;

  beforeAll(async () => {
    world = await World.start({ heartbeatMs });
  });
  afterAll(() => world.close());

  const person = (name: string): Promise<Person> => world.person(`${name}-${++people}`);
  const persons = <N extends string>(...names: N[]) => Promise.all(names.map((name) => person(name)));
  const befriend = async (one: Person, other: Person): Promise<void> => {
    await world.post('/api/friends', { friendId: other.id }, one);
    await world.post('/api/friends', { friendId: one.id }, other);
  };
  const see = async (who: Person, ...others: { id: string }[]): Promise<ActionOutput<'presence'>['users']> => {
    const { body } = await world.get<ActionOutput<'presence'>>(`/api/presence?userIds=${others.map(({ id }) => id).join()}`, who);
    return body.users;
  };
  const of = (id: string) => (event: EventData<'presence'>) => event.userId === id;

  it('tells of a friend whether they are connected, with how many devices, over WebSocket and REST', async () => {
    const [ada, bob] = (await persons('ada', 'bob')) as [Person, Person];
    await befriend(ada, bob);
    expect(await see(ada, bob)).toEqual([{ userId: bob.id, online: false, lastSeenAt: null, devices: 0 }]);
    const client = await world.connect(ada);
    await world.connect(bob, { deviceId: 'phone' });
    await world.connect(bob, { deviceId: 'laptop' });
    await client.next('presence', of(bob.id));
    const here = [{ userId: bob.id, online: true, lastSeenAt: null, devices: 2 }];
    expect(await client.call('presence', { userIds: [bob.id] })).toEqual({ users: here });
    expect(await see(ada, bob)).toEqual(here);
  });

  describe('is told', () => {
    let ada: Person;
    beforeAll(async () => {
      ada = await person('ada');
    });

    const block = (who: Person, whom: Person) => world.post('/api/blocks', { userId: whom.id }, who);
    const groupOf = async (owner: Person, ...others: Person[]) => `/api/groups/${await world.group(owner, others)}`;

    const scenes: Readonly<Record<string, { seen: boolean; make: (other: Person) => Promise<unknown> }>> = {
      'a friend': { seen: true, make: (other) => befriend(ada, other) },
      'somebody in the same group': { seen: true, make: (other) => groupOf(ada, other) },
      'the owner of a group that one is in': { seen: true, make: (other) => groupOf(other, ada) },
      'somebody who left one group and is in another': {
        seen: true,
        make: async (other) => {
          await world.post(`${await groupOf(ada, other)}/leave`, undefined, other);
          await groupOf(ada, other);
        },
      },
      'a friend after a block was lifted': {
        seen: true,
        make: async (other) => {
          await befriend(ada, other);
          await block(ada, other);
          await world.request('DELETE', `/api/blocks/${other.id}`, undefined, ada);
        },
      },
      'a stranger': { seen: false, make: () => Promise.resolve() },
      'somebody to whom one has only written': {
        seen: false,
        make: async (other) => (await world.connect(ada, { deviceId: other.id })).say({ to: other.id }, 'hello'),
      },
      'somebody who asked for friendship': { seen: false, make: (other) => world.post('/api/friends', { friendId: ada.id }, other) },
      'a former friend': {
        seen: false,
        make: async (other) => {
          await befriend(ada, other);
          await world.request('DELETE', `/api/friends/${ada.id}`, undefined, other);
        },
      },
      'somebody who left the group': {
        seen: false,
        make: async (other) => world.post(`${await groupOf(ada, other)}/leave`, undefined, other),
      },
      'a member of a group that one was removed from': {
        seen: false,
        make: async (other) => world.request('DELETE', `${await groupOf(other, ada)}/members/${ada.id}`, undefined, other),
      },
      'a member of a group that was dissolved': {
        seen: false,
        make: async (other) => world.request('DELETE', await groupOf(ada, other), undefined, ada),
      },
      'a friend whom one blocks': {
        seen: false,
        make: async (other) => {
          await befriend(ada, other);
          await block(ada, other);
        },
      },
      'a friend who blocks one': {
        seen: false,
        make: async (other) => {
          await befriend(ada, other);
          await block(other, ada);
        },
      },
      'somebody in the same group who blocks one': {
        seen: false,
        make: async (other) => {
          await groupOf(ada, other);
          await block(other, ada);
        },
      },
    };

    it.each(Object.keys(scenes))('of %s, or not', async (name) => {
      const { seen, make } = scenes[name] as (typeof scenes)[string];
      const other = await person('bob');
      await world.connect(other);
      await make(other);
      expect((await see(ada, other)).map(({ userId }) => userId)).toEqual(seen ? [other.id] : []);
      expect((await see(other, ada)).map(({ userId }) => userId)).toEqual(seen ? [ada.id] : []);
    });
  });

  it('is answered in the order of the request, each user once, and leaves out who is not there', async () => {
    const [ada, bob, cem] = (await persons('ada', 'bob', 'cem')) as [Person, Person, Person];
    await befriend(ada, bob);
    await world.group(ada, [cem]);
    const users = await see(ada, cem, { id: 'no-such-user' }, ada, bob, cem);
    expect(users.map(({ userId }) => userId)).toEqual([cem.id, ada.id, bob.id]);
  });

  it('is answered for at most two hundred users at once', async () => {
    const ada = await person('ada');
    const client = await world.connect(ada);
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `nobody-${i}`);
    expect(await client.call('presence', { userIds: ids(200) })).toEqual({ users: [] });
    expect(await codeOf(client.call('presence', { userIds: ids(201) }))).toBe('TOO_LARGE');
    expect(World.codeOf(await world.get(`/api/presence?userIds=${ids(201).join()}`, ada))).toBe('TOO_LARGE');
  });

  it('is told to friends when somebody comes with the first device and has gone with the last, and to nobody else', async () => {
    const [ada, friend, mate, blocked, blocking] = (await persons('ada', 'bob', 'cem', 'dan', 'eve')) as [
      Person,
      Person,
      Person,
      Person,
      Person,
    ];
    for (const other of [friend, blocked, blocking]) await befriend(ada, other);
    await world.group(ada, [mate]);
    await world.post('/api/blocks', { userId: blocked.id }, ada);
    await world.post('/api/blocks', { userId: ada.id }, blocking);
    const bob = await world.connect(friend);
    const others = await Promise.all([mate, blocked, blocking].map((other) => world.connect(other)));

    const phone = await world.connect(ada, { deviceId: 'phone' });
    expect(await bob.next('presence', of(ada.id))).toEqual({ userId: ada.id, online: true, lastSeenAt: null });
    const laptop = await world.connect(ada, { deviceId: 'laptop' });
    await phone.close();
    const before = Date.now();
    await laptop.close();
    const gone = await bob.next('presence', of(ada.id));
    expect(gone).toMatchObject({ userId: ada.id, online: false });
    expect(gone.lastSeenAt).toBeGreaterThanOrEqual(before - 1_000);
    expect(gone.lastSeenAt).toBeLessThanOrEqual(Date.now());
    expect(await see(friend, ada)).toEqual([{ userId: ada.id, online: false, lastSeenAt: gone.lastSeenAt, devices: 0 }]);

    await world.connect(ada);
    expect(await bob.next('presence', of(ada.id))).toEqual({ userId: ada.id, online: true, lastSeenAt: gone.lastSeenAt });
    await Promise.all([bob, ...others].map((client) => client.settled()));
    expect(bob.all('presence')).toHaveLength(3);
    for (const client of others) expect(client.all('presence')).toEqual([]);
  });

  it('is not told of somebody who is back at once, or whose device takes another connection', () =>
    // By the usual heartbeat there are five seconds for it.
    World.during({}, async (patient) => {
      const [ada, bob, cem] = [await patient.person('ada'), await patient.person('bob'), await patient.person('cem')];
      for (const friend of [ada, cem]) {
        await patient.post('/api/friends', { friendId: bob.id }, friend);
        await patient.post('/api/friends', { friendId: friend.id }, bob);
      }
      const told = await patient.connect(bob);
      const first = await patient.connect(ada, { deviceId: 'phone' });
      const other = await patient.connect(cem);
      await told.next('presence', of(ada.id));
      await told.next('presence', of(cem.id));
      await first.close();
      const second = await patient.connect(ada, { deviceId: 'phone' });
      await patient.connect(ada, { deviceId: 'phone' });
      expect(await second.closed).toMatchObject({ code: 4502 });
      // Who went after her is told of after her.
      await other.close();
      await told.next('presence', of(cem.id));
      expect(told.all('presence').filter(of(ada.id))).toHaveLength(1);
      const { users } = await told.call('presence', { userIds: [ada.id] });
      expect(users).toMatchObject([{ userId: ada.id, online: true, devices: 1 }]);
    }));

  describe("of one's own devices", () => {
    const devicesOf = async (who: Person) => (await world.get<{ devices: OwnDevice[] }>('/api/users/me/devices', who)).body.devices;
    const gone = async (client: TestClient, friend: TestClient, id: string): Promise<void> => {
      await client.close();
      await friend.next('presence', (event) => event.userId === id && !event.online);
    };

    it('tells those of sessions and those that are connected, and when each was last seen', async () => {
      const name = `ada-${++people}`;
      const phone = await world.register(name, { deviceId: 'phone' });
      const login = async (deviceId?: string): Promise<Person> => {
        const { body } = await world.post<{ token: string }>('/api/login', { username: name, password: 'a good password', deviceId });
        return { id: phone.id, token: body.token };
      };
      const laptop = await login('laptop');
      await login('laptop');
      await login();
      expect(await devicesOf(laptop)).toEqual([
        { deviceId: 'laptop', online: false, lastSeenAt: null, current: true },
        { deviceId: 'phone', online: false, lastSeenAt: null, current: false },
      ]);

      const bob = await person('bob');
      await befriend(bob, phone);
      const friend = await world.connect(bob);
      const client = await world.connect(phone, { deviceId: 'phone' });
      await friend.next('presence', of(phone.id));
      expect(await devicesOf(phone)).toEqual([
        { deviceId: 'phone', online: true, lastSeenAt: null, current: true },
        { deviceId: 'laptop', online: false, lastSeenAt: null, current: false },
      ]);

      const before = Date.now();
      await gone(client, friend, phone.id);
      const [first, second] = await devicesOf(laptop);
      expect([first?.deviceId, first?.online, second?.deviceId]).toEqual(['phone', false, 'laptop']);
      expect(first?.lastSeenAt).toBeGreaterThanOrEqual(before - 1_000);
      expect(second?.lastSeenAt).toBeNull();
    });

    it('tells a device without a session while it is connected', async () => {
      const [ada, bob] = (await persons('ada', 'bob')) as [Person, Person];
      await befriend(ada, bob);
      const friend = await world.connect(bob);
      const client = await world.connect(ada, { deviceId: 'kiosk' });
      await friend.next('presence', of(ada.id));
      expect(await devicesOf(ada)).toEqual([{ deviceId: 'kiosk', online: true, lastSeenAt: null, current: false }]);
      await gone(client, friend, ada.id);
      expect(await devicesOf(ada)).toEqual([]);
    });

    it('does not tell those of a session that was ended', async () => {
      const phone = await world.register(`ada-${++people}`, { deviceId: 'phone' });
      const other = world.sign(phone.id);
      await world.post('/api/logout', undefined, phone);
      expect(await devicesOf({ id: phone.id, ...other })).toEqual([]);
    });
  });
});
