import { tickOf } from './ticks';

describe('how far an own message has come', () => {
  const receipt = { userId: 'bob', readSeq: 3, deliveredSeq: 5 };

  it.each([
    [3, 'read'],
    [4, 'delivered'],
    [5, 'delivered'],
    [6, 'sent'],
  ])('seq %i is %s', (seq, tick) => expect(tickOf(seq, receipt)).toBe(tick));

  it('is only known to be stored where nothing is told of the other side', () => expect(tickOf(1, undefined)).toBe('sent'));
});
