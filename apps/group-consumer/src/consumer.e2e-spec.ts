import { createLog, Metrics } from '@app/kit';
import { defaultConfig } from '@app/config';
import { type Consumer, startConsumer } from './consumer';

describe('the group consumer', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await startConsumer(
      defaultConfig({ consumerPort: 0, host: '127.0.0.1' }),
      createLog('silent'),
      new Metrics({ defaults: false }),
    );
  });
  afterAll(() => consumer.app.close());

  it.each(['/healthz', '/readyz'])('answers %s on a port of its own', async (path) => {
    const response = await fetch(`http://127.0.0.1:${consumer.port}${path}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });

  it('shows its metrics', async () => {
    const text = await (await fetch(`http://127.0.0.1:${consumer.port}/metrics`)).text();
    expect(text).toContain('parley_background_failures_total');
  });
});
