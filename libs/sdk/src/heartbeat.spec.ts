import { Heartbeat } from './heartbeat';
import { ManualTimers } from './manual-timers';

describe('the heartbeat', () => {
  const heartbeatMs = 20_000;
  let timers: ManualTimers;
  let heartbeat: Heartbeat;
  let pings: number;
  let cuts: number;

  beforeEach(() => {
    timers = new ManualTimers();
    pings = cuts = 0;
    heartbeat = new Heartbeat({
      timers,
      heartbeatMs,
      ping: () => pings++,
      cut: () => {
        cuts++;
        heartbeat.stop();
      },
    });
  });
  afterEach(() => heartbeat.stop());

  it('asks nothing while the server is heard', async () => {
    for (let i = 0; i < 20; i++) {
      await timers.pass(heartbeatMs / 2);
      heartbeat.heard();
    }
    expect([pings, cuts]).toEqual([0, 0]);
  });

  it('asks once after a period of silence, and again after the next', async () => {
    await timers.pass(heartbeatMs);
    expect(pings).toBe(1);
    heartbeat.heard();
    await timers.pass(heartbeatMs);
    expect([pings, cuts]).toEqual([2, 0]);
  });

  it('cuts after two periods of silence, once', async () => {
    await timers.pass(2 * heartbeatMs - 1);
    expect([pings, cuts]).toEqual([1, 0]);
    await timers.pass(heartbeatMs);
    expect([pings, cuts, timers.waiting]).toEqual([1, 1, 0]);
  });

  it('does not take a sleep for silence: it asks, and cuts when no answer comes in 5 s', async () => {
    timers.sleep(10 * heartbeatMs);
    await timers.pass(0);
    expect([pings, cuts]).toEqual([1, 0]);
    await timers.pass(4_999);
    expect(cuts).toBe(0);
    await timers.pass(1);
    expect(cuts).toBe(1);
  });

  it('goes on when the answer comes after a sleep', async () => {
    timers.sleep(10 * heartbeatMs);
    await timers.pass(100);
    heartbeat.heard();
    await timers.pass(heartbeatMs - 1);
    expect([pings, cuts]).toEqual([1, 0]);
  });

  it('asks when the network has come back', async () => {
    heartbeat.check();
    heartbeat.check();
    expect(pings).toBe(1);
    await timers.pass(5_000);
    expect(cuts).toBe(1);
  });

  it('survives a clock that is set back', async () => {
    heartbeat.heard();
    timers.sleep(-3_600_000);
    await timers.pass(3_600_000 + 3 * heartbeatMs);
    expect(cuts).toBe(1);
  });
});
