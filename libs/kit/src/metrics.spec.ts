import { Metrics } from './metrics';

describe('the metrics of a process', () => {
  it.each(['parley_hub_gaps_total{repaired="no"} 0', 'parley_fanout_jobs_total{result="dead"} 0'])(
    'show %s before it has happened, so that the first time is seen as an increase',
    async (line) => {
      expect((await new Metrics({ defaults: false }).registry.metrics()).split('\n')).toContain(line);
    },
  );
});
