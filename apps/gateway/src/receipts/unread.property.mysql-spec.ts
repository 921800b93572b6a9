import { Cluster, withSeed } from '@app/testing';
import { UnreadWalk } from './unread-walk.contract';

/** A long run asks for more of every property. */
const operations = process.env.PROPERTY_RUNS === undefined ? 5_000 : 100_000;

it(
  'on three gateways, what users are told of their conversations is what a count along the logs gives',
  () =>
    withSeed(async (random) => {
      const cluster = await Cluster.start(3);
      try {
        const walk = new UnreadWalk(cluster.worlds, random);
        await walk.begin();
        await walk.run(operations);
      } finally {
        await cluster.close();
      }
    }),
  operations * 20,
);
