import { Beat } from './redis-beat';

const timings = { beatMs: 2_000, beats: 3 };

describe('the beat of a link', () => {
  let sent: number[];
  let told: string[];
  let connected: boolean;
  let parts: number;
  let beat: Beat;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    told = [];
    connected = true;
    parts = 1;
    beat = new Beat(
      {
        send: (number) => sent.push(number),
        parts: () => parts,
        connected: () => connected,
        alive: () => told.push('alive'),
        dead: () => told.push('dead'),
      },
      timings,
    );
  });

  afterEach(() => {
    beat.close();
    jest.useRealTimers();
  });

  const ticks = (count: number): void => void jest.advanceTimersByTime(count * timings.beatMs);

  it('proves the link by the first beat that comes back, once', () => {
    beat.start();
    expect(sent).toEqual([1]);
    beat.heard(1, 0);
    ticks(1);
    beat.heard(2, 0);
    expect(told).toEqual(['alive']);
  });

  it('proves nothing by a beat that was sent before the link was complete', () => {
    beat.start();
    beat.stop();
    beat.heard(1, 0);
    expect(told).toEqual([]);
    beat.start();
    beat.heard(1, 0);
    expect(told).toEqual([]);
    beat.heard(2, 0);
    expect(told).toEqual(['alive']);
  });

  it('ends the link when three beats had no answer', () => {
    beat.start();
    beat.heard(1, 0);
    ticks(3);
    expect(told).toEqual(['alive']);
    ticks(1);
    expect(told).toEqual(['alive', 'dead']);
    expect(sent).toEqual([1, 2, 3, 4]);
  });

  it('wants a beat from every part, and ends the link of which one part is silent', () => {
    parts = 3;
    beat.start();
    beat.heard(1, 0);
    beat.heard(1, 2);
    beat.heard(1, 2);
    expect(told).toEqual([]);
    beat.heard(1, 1);
    expect(told).toEqual(['alive']);
    for (let number = 2; number < 5; number++) {
      ticks(1);
      for (const part of [0, 2]) beat.heard(number, part);
    }
    expect(told).toEqual(['alive']);
    ticks(1);
    expect(told).toEqual(['alive', 'dead']);
  });

  it('ends a link that was never complete, unless it makes progress', () => {
    for (let i = 0; i < 10; i++) {
      ticks(3);
      beat.sign();
    }
    expect(told).toEqual([]);
    ticks(4);
    expect(told).toEqual(['dead']);
    expect(sent).toEqual([]);
  });

  it('waits for nobody while there is no connection', () => {
    beat.start();
    beat.stop();
    connected = false;
    ticks(10);
    expect(told).toEqual([]);
    expect(sent).toEqual([1]);
  });

  it('sends nothing more once it is closed', () => {
    beat.start();
    beat.close();
    ticks(10);
    expect([sent, told]).toEqual([[1], []]);
  });
});
