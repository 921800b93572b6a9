import { RedisBus, redisConnector } from '@app/bus';
import { redisNames } from '@app/kit';
import { Database } from '@app/storage';
import { World, dropDatabase, eventually, sharedMysql, sharedRedis } from '@app/testing';
import type { Head } from '../hub/envelope';
import { describeAgreement } from './agreement.contract';

describe('the settings of gateways on one Redis', () => {
  let databaseUrl: string;
  afterAll(() => dropDatabase(databaseUrl));

  describeAgreement(async () => {
    databaseUrl = await sharedMysql();
    return {
      start: (overrides, parts) => World.start({ databaseUrl, redisUrl: sharedRedis(), ...overrides }, parts),
      stranger: async ({ gateway, config: { redisPrefix } }) => {
        let up = false;
        const prefix = redisNames(redisPrefix, gateway.app.get(Database).id).bus;
        const bus = new RedisBus<Head>({ connect: redisConnector(sharedRedis()), prefix });
        bus.listen(
          () => undefined,
          (is) => (up = is),
        );
        await eventually(
          async () => up,
          () => 'a link to Redis',
        );
        return bus;
      },
    };
  });
});
