import type { Favorite } from '@app/protocol';
import { Cluster, type World } from '@app/testing';

/** Gateways that hear nothing of each other: what one does the others can only know from the store. */
let cluster: Cluster;
let here: World;
let there: World;

beforeAll(async () => {
  cluster = await Cluster.start(2, { maxFavorites: 4 });
  [here, there] = cluster.worlds as [World, World];
  cluster.cutOff = true;
});
afterAll(() => cluster.close());

describe('of what is done at two gateways at once', () => {
  it('one favorite of a message comes, with all labels, and no more than the limit', async () => {
    for (let round = 0; round < 8; round++) {
      const [ada, bob] = [await here.person(`ada-${round}`), await here.person(`bob-${round}`)];
      const client = await here.connect(ada);
      const { convId } = await client.say({ to: bob.id }, 'hello');
      const keep = (world: World, labels: object) => world.post<Favorite>('/api/favorites/message', { convId, seq: 1, ...labels }, bob);
      const answers = await Promise.all([keep(here, { tags: ['t'] }), keep(there, { note: 'n' }), keep(here, {}), keep(there, {})]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      const kept = await there.get<{ favorites: Favorite[] }>('/api/favorites', bob);
      expect(kept.body.favorites).toMatchObject([{ tags: ['t'], note: 'n' }]);
      const made = await Promise.all(
        [here, there, here, there, here, there].map((world) => world.post('/api/favorites/custom', { payload: {} }, bob)),
      );
      expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 413, 413, 413]);
    }
  });
});
