import { slotOf } from './redis-slot';

describe('the slot of a channel', () => {
  it.each([
    // From the Cluster specification, and from CLUSTER KEYSLOT.
    ['123456789', 12739],
    ['foo', 12182],
    ['', 0],
    ['{user1000}.following', 3443],
    ['user1000', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['{bar', 4015],
    ['foo{bar}{zap}', 5061],
  ])('%j is %i', (channel, slot) => {
    expect(slotOf(channel)).toBe(slot);
  });
});
