import { InProcessPresence } from './in-process.presence';
import { presenceContract } from './presence.contract';
import { rollContract } from './roll.contract';

const timings = { ttlMs: 50_000, graceMs: 5_000 };

/** A gateway whose clock goes by hand. */
function underTest(chosen: typeof timings) {
  let now = 1_000;
  const presence = new InProcessPresence({ timings: chosen, holder: 'here' }, () => now);
  return { presence, roll: presence, pass: (ms: number) => void (now += ms) };
}

presenceContract('InProcessPresence', timings, underTest);
rollContract('InProcessPresence', timings, underTest);

it('a rush of users who go is told in parts', async () => {
  let now = 0;
  const presence = new InProcessPresence({ timings: { ttlMs: 100, graceMs: 10 }, holder: 'here' }, () => now);
  const devices = Array.from({ length: 1_200 }, (_, i) => ({ userId: `user-${i}`, deviceId: 'phone' }));
  await presence.hold(devices);
  now = 110;
  const told: string[] = [];
  for (let part = await presence.takeGone(); part.length > 0; part = await presence.takeGone()) {
    expect(part.length).toBeLessThanOrEqual(500);
    told.push(...part.map(({ userId }) => userId));
  }
  expect(told).toEqual(devices.map(({ userId }) => userId));
});
