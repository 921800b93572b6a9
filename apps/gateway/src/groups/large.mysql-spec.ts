import { Database } from '@app/storage';
import { World } from '@app/testing';

it('making a group asks the store as often for two hundred members as for two', () =>
  World.during({}, async (world) => {
    const people = await Promise.all(Array.from({ length: 201 }, (_, i) => world.person(`u${i}`)));
    const [owner, ...others] = people as [(typeof people)[number], ...typeof people];
    const database = world.gateway.app.get(Database);
    const roundTrips = async (members: number): Promise<number> => {
      const before = database.roundTrips;
      await world.group(owner, others.slice(0, members));
      return database.roundTrips - before;
    };
    // What else is asked in the background is little beside two hundred.
    expect((await roundTrips(200)) - (await roundTrips(2))).toBeLessThan(10);
  }));
