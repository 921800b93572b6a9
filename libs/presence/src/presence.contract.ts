import { randomUUID } from 'node:crypto';
import type { Device, Presence, PresenceTimings } from './presence';

/** A fresh presence and a way to let its clock run: by hand, or by waiting where the clock is real. */
export interface PresenceUnderTest {
  readonly presence: Presence;
  pass(ms: number): Promise<void> | void;
}

/** What every `Presence` does, as tests. A real clock may run on between two calls by less than half of the grace. */
export function presenceContract(
  name: string,
  timings: PresenceTimings,
  make: (timings: PresenceTimings) => Promise<PresenceUnderTest> | PresenceUnderTest,
): void {
  describe(`${name} as a Presence`, () => {
    const { ttlMs, graceMs } = timings;
    let presence: Presence;
    let pass: PresenceUnderTest['pass'];
    let ada: string;
    let bob: string;

    beforeEach(async () => {
      const made = await make(timings);
      presence = made.presence;
      pass = (ms) => made.pass(ms);
      // A store may be shared with other runs.
      [ada, bob] = [randomUUID(), randomUUID()];
    });
    afterEach(() => presence.close());

    const device = (userId: string, deviceId = 'phone'): Device => ({ userId, deviceId });
    const devicesOf = async (userId: string): Promise<string[]> => [...((await presence.look([userId])).get(userId) ?? [])].sort();
    const gone = async (): Promise<string[]> => (await presence.takeGone()).map(({ userId }) => userId);

    it('tells the devices that are held, and leaves out who has none', async () => {
      await presence.hold([device(ada), device(ada, 'laptop')]);
      const found = await presence.look([ada, bob, ada]);
      expect([...found.keys()]).toEqual([ada]);
      expect([...(found.get(ada) ?? [])].sort()).toEqual(['laptop', 'phone']);
      expect((await presence.look([])).size).toBe(0);
    });

    it('tells that a user came with their first device, and not with others or again', async () => {
      expect(await presence.hold([device(ada), device(ada, 'laptop')])).toEqual([ada]);
      expect(await presence.hold([device(ada), device(ada, 'watch'), device(bob)])).toEqual([bob]);
      expect(await presence.hold([])).toEqual([]);
    });

    it('has a user until the last device is released', async () => {
      await presence.hold([device(ada), device(ada, 'laptop')]);
      await presence.release([device(ada), device(ada, 'never held'), device(bob)]);
      expect(await devicesOf(ada)).toEqual(['laptop']);
      await presence.release([device(ada, 'laptop')]);
      expect(await devicesOf(ada)).toEqual([]);
    });

    it('has a device for as long as it is held again, and no longer than the TTL', async () => {
      await presence.hold([device(ada), device(ada, 'laptop')]);
      await pass(ttlMs / 2);
      await presence.hold([device(ada)]);
      await pass(ttlMs / 2);
      expect(await devicesOf(ada)).toEqual(['phone']);
      await pass(ttlMs / 2);
      expect(await devicesOf(ada)).toEqual([]);
    });

    it('tells nobody of a user who comes back within the grace', async () => {
      await presence.hold([device(ada)]);
      await presence.release([device(ada)]);
      expect(await presence.hold([device(ada, 'laptop')])).toEqual([]);
      await pass(graceMs);
      expect(await gone()).toEqual([]);
      expect(await devicesOf(ada)).toEqual(['laptop']);
    });

    it('tells nobody of a user who lets go of a device and has another', async () => {
      await presence.hold([device(ada), device(ada, 'laptop')]);
      await presence.release([device(ada)]);
      await pass(graceMs);
      expect(await gone()).toEqual([]);
    });

    it('tells once that a user has gone, after the grace, and that they came again', async () => {
      await presence.hold([device(ada), device(bob)]);
      await presence.release([device(ada)]);
      expect(await gone()).toEqual([]);
      await pass(graceMs);
      const [told, ...others] = await presence.takeGone();
      expect([told?.userId, others]).toEqual([ada, []]);
      expect(told?.agoMs).toBeGreaterThanOrEqual(graceMs);
      expect(told?.agoMs).toBeLessThan(graceMs + ttlMs);
      expect(await gone()).toEqual([]);
      expect(await presence.hold([device(ada)])).toEqual([ada]);
    });

    it('tells once that a user has gone whose devices nobody holds any more', async () => {
      await presence.hold([device(ada), device(ada, 'laptop')]);
      await pass(ttlMs + graceMs);
      expect(await gone()).toEqual([ada]);
      await presence.release([device(ada)]);
      await pass(graceMs);
      expect(await gone()).toEqual([]);
    });

    it('has many users at once', async () => {
      const users = Array.from({ length: 1_000 }, (_, i) => `${ada}-${i}`);
      const devices = users.map((userId) => device(userId));
      expect((await presence.hold(devices)).sort()).toEqual([...users].sort());
      expect((await presence.look(users)).size).toBe(users.length);
      await presence.release(devices);
      expect((await presence.look(users)).size).toBe(0);
    });
  });
}
