import { groupConversation } from '@app/protocol';
import { type Person, TestClient, eventually } from '@app/testing';
import type { GatewayProcess } from './process';
import { Watcher } from './watcher';

/** Bursts in a group with members of every kind, and what each of them is told. */
export async function expectOneNudgePerBurst(gateways: readonly GatewayProcess[], settled: () => Promise<void>): Promise<void> {
  const [first] = gateways as [GatewayProcess];
  const names = ['alice', 'bob', 'carol', 'dave', 'eve', 'frank'];
  const people = (await Promise.all(names.map((name) => first.person(name)))) as [Person, Person, Person, Person, Person, Person];
  const [alice, bob, carol, dave, eve] = people;
  const groupId = await first.group(alice, people.slice(1));
  const { convId } = groupConversation(groupId);
  const url = (i: number) => gateways[i % gateways.length]?.ws ?? '';
  const phone = await TestClient.connect(url(0), { token: alice.token, deviceId: 'phone' });
  const hearing = await TestClient.connect(url(2), { token: carol.token, deviceId: 'phone' });
  await hearing.call('subscribe_group', { groupId });
  const told = await Promise.all([
    Watcher.start(alice, [url(1)], 'tablet'),
    Watcher.start(bob, [url(1)]),
    Watcher.start(dave, [url(2)]),
    Watcher.start(carol, [url(0)], 'tablet'),
  ]);
  const [, , mentioned] = told;
  const removed = await Watcher.start(eve, [url(0)]);
  try {
    expect((await first.request('DELETE', `/api/groups/${groupId}/members/${eve.id}`, undefined, alice)).status).toBe(200);
    for (const burst of [1, 2]) {
      const sends = Array.from({ length: 20 }, (_, i) =>
        phone.call('send', {
          groupId,
          type: 'text',
          payload: { text: `${i}` },
          clientMsgId: `${burst}-${i}`,
          ...(i === 5 ? { mentions: [dave.id] } : {}),
        }),
      );
      const last = Math.max(...(await Promise.all(sends)).map(({ seq }) => seq));
      await eventually(
        () => told.every((watcher) => watcher.height(convId) >= last),
        () => `the nudges of burst ${burst}.\n${gateways.map(({ said }) => said.slice(-2_000)).join('\n')}`,
      );
      await settled();
      await Promise.all([phone, hearing, removed, ...told].map((one) => one.settled()));
      const nudge = { convId, lastSeq: last, lastMessage: expect.objectContaining({ seq: last }) as unknown };
      for (const watcher of told) {
        const expected = watcher === mentioned ? { ...nudge, mentioned: true } : nudge;
        expect(watcher.of(convId).slice(burst - 1)).toEqual([expected]);
      }
      expect(phone.all('conversation').slice(burst - 1)).toEqual([nudge]);
    }
    expect(hearing.all('message')).toHaveLength(40);
    expect(hearing.all('conversation')).toEqual([]);
    expect(removed.nudges).toEqual([]);
  } finally {
    phone.cut();
    hearing.cut();
    await Promise.all([removed, ...told].map((one) => one.close()));
  }
}
