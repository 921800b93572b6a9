import { levelsOf, resampled } from './levels';

describe('the levels of a recording', () => {
  it('are those of its parts, measured by the loudest', () => {
    expect(levelsOf(Float32Array.of(0, 0.1, -0.5, 0.2, 0.25, 0), 3)).toEqual([20, 100, 50]);
  });

  it('are none where there is silence, and no noise is made of it', () => {
    expect(levelsOf(new Float32Array(8), 4)).toEqual([0, 0, 0, 0]);
    expect(Math.max(...levelsOf(Float32Array.of(0.001, -0.002, 0.001, 0), 2))).toBe(10);
  });

  it('are as many as are wanted, whether there is more sound or less', () => {
    expect(levelsOf(Float32Array.of(0.5), 3)).toHaveLength(3);
    expect(resampled([1, 2, 3, 4, 5, 6], 3)).toEqual([2, 4, 6]);
    expect(resampled([1, 9], 4)).toEqual([1, 1, 9, 9]);
    expect(resampled([], 2)).toEqual([0, 0]);
  });
});
