import { World, withSeed } from '@app/testing';
import { UnreadWalk } from './unread-walk.contract';

const operations = 2_000;

it(
  'on one gateway, what users are told of their conversations is what a count along the logs gives',
  () =>
    withSeed(async (random) => {
      let offsetMs = 0;
      await World.during(
        {},
        async (world) => {
          // A token of sync reaches ten seconds back; so it holds what changed and no more.
          const walk = new UnreadWalk([world], random, () => (offsetMs += 15_000));
          await walk.begin();
          await walk.run(operations);
        },
        { clock: { now: () => Date.now() + offsetMs } },
      );
    }),
  120_000,
);
