import { fanoutQueueContract } from './fanout-queue.contract';
import { InProcessQueue } from './in-process.queue';

fanoutQueueContract(() => {
  const laidAside: string[] = [];
  const queue = new InProcessQueue({
    ended: () => undefined,
    laidAside: ({ convId, seq }, reason) => laidAside.push(`${convId} ${seq}: ${reason}`),
    restMs: 1,
  });
  return Promise.resolve({ producer: queue, consumer: queue, laidAside: () => laidAside, close: () => queue.close() });
});

it('a queue that was closed takes nothing', async () => {
  const queue = new InProcessQueue({ ended: () => undefined, laidAside: () => undefined });
  const waiting = queue.produce([{ convId: 'group:g', seq: 1, mentions: [] }]);
  await queue.close();
  await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(queue.produce([])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
