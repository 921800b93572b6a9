import { randomUUID } from 'node:crypto';
import type { Device, Presence, PresenceTimings } from './presence';
import type { Located, Roll } from './roll';

/** A fresh gateway with the id `here`, the roll that tells of it, and a way to let their clock run. */
export interface RollUnderTest {
  readonly presence: Presence;
  readonly roll: Roll;
  pass(ms: number): Promise<void> | void;
}

/** Nothing ends by itself in a test that does not wait for it. */
const noEnd: PresenceTimings = { ttlMs: 600_000, graceMs: 600_000 };

/** What every `Roll` does, as tests. `timings` are for those that wait: a real clock may run on between two calls by half of the grace. */
export function rollContract(
  name: string,
  timings: PresenceTimings,
  make: (timings: PresenceTimings) => Promise<RollUnderTest> | RollUnderTest,
): void {
  describe(`${name} as a Roll`, () => {
    let presence: Presence;
    let roll: Roll;
    let pass: RollUnderTest['pass'];

    const open = async (chosen: PresenceTimings): Promise<void> => {
      const made = await make(chosen);
      ({ presence, roll } = made);
      pass = (ms) => made.pass(ms);
    };

    afterEach(async () => {
      await roll.close();
      await presence.close();
    });

    describe('while nothing ends by itself', () => {
      beforeEach(() => open(noEnd));

      it('tells of those who are connected at which gateway, each once, and not of others', async () => {
        const [ada, bob] = people(2);
        await presence.hold([phone(ada), { userId: ada, deviceId: 'lap top' }]);
        expect(await roll.locate([ada, bob, ada])).toEqual([{ userId: ada, gateways: ['here'] }]);
        expect(await roll.locate([])).toEqual([]);
        expect(await told(roll, 10)).toEqual([ada]);
      });

      it('tells of nobody where nobody is', async () => {
        expect(await chunks(roll, 10)).toEqual([]);
        expect(await roll.count()).toBe(0);
      });

      it('does not tell of a user who holds no device, although nobody was told yet that they went', async () => {
        const [ada, bob] = people(2);
        await presence.hold([phone(ada), phone(bob)]);
        await presence.release([phone(ada)]);
        expect(await roll.locate([ada, bob])).toEqual([{ userId: bob, gateways: ['here'] }]);
        expect(await told(roll, 10)).toEqual([bob]);
      });

      it('counts users, and not devices', async () => {
        const users = people(200);
        await presence.hold(users.flatMap((userId) => [phone(userId), { userId, deviceId: 'laptop' }]));
        expect(await roll.count()).toBe(200);
      });

      it.each([1, 7, 100, 101, 500, 9_000])('walks by at most %i users at a time', async (atOnce) => {
        const users = people(atOnce === 1 ? 20 : 700);
        await presence.hold(users.map(phone));
        const walked = await chunks(roll, atOnce);
        expect(Math.max(...walked.map((some) => some.length))).toBeLessThanOrEqual(atOnce);
        expect(Math.min(...walked.map((some) => some.length))).toBeGreaterThan(0);
        expect(namesOf(walked)).toEqual(users);
      });

      it('tells of 5,000 users', async () => {
        const users = people(5_000);
        await presence.hold(users.map(phone));
        expect(await roll.count()).toBe(5_000);
        expect((await roll.locate(users)).map(({ userId }) => userId).sort()).toEqual(users);
        const walked = await chunks(roll, 500);
        expect(namesOf(walked)).toEqual(users);
        expect(walked.flat().every(({ gateways }) => gateways.join() === 'here')).toBe(true);
      });

      it('misses nobody who stays while others come and go and everybody is held again', async () => {
        const [staying, going, coming] = [people(3_000, 'staying'), people(3_000, 'going'), people(3_000, 'coming')];
        await presence.hold([...staying, ...going].map(phone));
        const seen = new Set<string>();
        let step = 0;
        for await (const some of roll.walk(200)) {
          for (const { userId } of some) seen.add(userId);
          const [from, to] = [step * 200, (step + 1) * 200];
          await presence.release(going.slice(from, to).map(phone));
          await presence.hold(coming.slice(from, to).map(phone));
          // Whoever is held again is the last to end, so that the others move up.
          const again = (step * 800) % staying.length;
          await presence.hold(staying.slice(again, again + 800).map(phone));
          step++;
        }
        expect(step).toBeGreaterThan(10);
        expect(staying.filter((userId) => !seen.has(userId))).toEqual([]);
      });

      it('tells of nobody who went before they were asked about', async () => {
        const [staying, going] = [people(300, 'staying'), people(300, 'going')];
        await presence.hold([...going, ...staying].map(phone));
        const late = new Set<string>();
        let gone = false;
        for await (const some of roll.walk(10)) {
          if (gone) for (const { userId } of some) late.add(userId);
          await presence.release(going.map(phone));
          gone = true;
        }
        expect(going.filter((userId) => late.has(userId))).toEqual([]);
      });

      it('walks again after a walk that was given up, and two walks do not disturb each other', async () => {
        const users = people(500);
        await presence.hold(users.map(phone));
        for await (const some of roll.walk(50)) if (some.length > 0) break;
        const both = await Promise.all([chunks(roll, 30), chunks(roll, 200)]);
        expect(both.map(namesOf)).toEqual([users, users]);
      });
    });

    describe('as time passes', () => {
      beforeEach(() => open(timings));

      it('does not tell of a user whose devices nobody held again for the TTL', async () => {
        const [ada, bob] = people(2);
        await presence.hold([phone(ada), phone(bob)]);
        await pass(timings.ttlMs / 2);
        await presence.hold([phone(bob)]);
        await pass(timings.ttlMs / 2);
        expect(await roll.locate([ada, bob])).toEqual([{ userId: bob, gateways: ['here'] }]);
        expect(await told(roll, 10)).toEqual([bob]);
      });

      it('counts nobody any more who has gone for longer than the grace', async () => {
        await presence.hold(people(3).map(phone));
        await pass(timings.ttlMs + timings.graceMs);
        expect(await roll.count()).toBe(0);
      });
    });
  });
}

/** So many users, in order. A store may be shared with other runs. */
export function people(count: number, name: string = randomUUID()): string[] & { 0: string; 1: string } {
  return Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(6, '0')}`) as string[] & { 0: string; 1: string };
}

export const phone = (userId: string): Device => ({ userId, deviceId: 'phone' });

/** Everything that a walk tells, as it tells it. */
export async function chunks(roll: Roll, atOnce: number): Promise<(readonly Located[])[]> {
  const all: (readonly Located[])[] = [];
  for await (const some of roll.walk(atOnce)) all.push(some);
  return all;
}

/** The users of whom a walk tells, in order, each once. */
export const told = async (roll: Roll, atOnce: number): Promise<string[]> => namesOf(await chunks(roll, atOnce));

function namesOf(walked: readonly (readonly Located[])[]): string[] {
  return [...new Set(walked.flat().map(({ userId }) => userId))].sort();
}
