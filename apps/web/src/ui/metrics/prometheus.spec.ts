import { Metrics } from '@app/kit';
import { parseMetrics } from './prometheus';

describe('the text of metrics', () => {
  it('is read with labels, timestamps and all sorts of numbers', () => {
    const text = [
      '# HELP parley_sends_total Messages stored',
      '# TYPE parley_sends_total counter',
      'parley_sends_total{type="text"} 12',
      'parley_send_seconds_bucket{le="+Inf",app="a"} 3 1700000000000',
      'parley_connections 1e3',
      'odd{text="a \\"b\\"\\n\\\\ } c"} NaN',
      'this is none',
      '',
    ].join('\n');
    expect(parseMetrics(text)).toEqual([
      { name: 'parley_sends_total', labels: { type: 'text' }, value: 12 },
      { name: 'parley_send_seconds_bucket', labels: { le: '+Inf', app: 'a' }, value: 3 },
      { name: 'parley_connections', labels: {}, value: 1000 },
      { name: 'odd', labels: { text: 'a "b"\n\\ } c' }, value: NaN },
    ]);
  });

  it('of a gateway has what the charts are made of', async () => {
    const metrics = new Metrics();
    metrics.sends.inc({ type: 'text' }, 5);
    metrics.sendSeconds.observe(0.02);
    const names = new Set(parseMetrics(await metrics.registry.metrics()).map(({ name }) => name));
    for (const name of [
      'connections',
      'sends_total',
      'send_seconds_bucket',
      'deliveries_total',
      'hub_gaps_total',
      'process_resident_memory_bytes',
    ]) {
      expect(names).toContain(`parley_${name}`);
    }
  });
});
