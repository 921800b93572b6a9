import { InProcessPresence } from './in-process.presence';
import { presenceContract } from './presence.contract';

presenceContract('InProcessPresence', { ttlMs: 50_000, graceMs: 5_000 }, (timings) => {
  let now = 1_000;
  return { presence: new InProcessPresence(timings, () => now), pass: (ms) => void (now += ms) };
});

it('a rush of users who go is told in parts', async () => {
  let now = 0;
  const presence = new InProcessPresence({ ttlMs: 100, graceMs: 10 }, () => now);
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
