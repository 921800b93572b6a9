import { createConnection } from 'mysql2/promise';
import { World } from './world';

it('a world keeps its store on the server of the project, and drops it at its end', async () => {
  const world = await World.start();
  const { databaseUrl } = world.config;
  const [alice, bob] = [await world.person('alice'), await world.person('bob')];
  const group = await world.group(alice, [bob]);
  const connection = await createConnection(databaseUrl);
  const [rows] = await connection.query('SELECT conv_id FROM conversations');
  connection.destroy();
  expect(rows).toEqual([{ conv_id: `group:${group}` }]);
  await world.close();
  await expect(createConnection(databaseUrl)).rejects.toMatchObject({ code: 'ER_BAD_DB_ERROR' });
});
