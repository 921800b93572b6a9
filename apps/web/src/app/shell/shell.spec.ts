import { neighbour } from './neighbour';
import { convIdAt, decoded, detailsOf, ownPlaceOf, placeOf } from './places';
import { scriptOf } from '../../kit/script-name';

describe('the places of the app', () => {
  it.each(['group:a', 'c2c:a:b', 'c2c:a%b:c'])('lead to %s and back', (convId) => {
    expect(convIdAt(placeOf(convId))).toBe(convId);
    expect(convIdAt(detailsOf(convId))).toBe(convId);
  });

  it('are no conversation elsewhere', () => {
    expect(convIdAt('/people/u/a')).toBeUndefined();
  });

  it.each([
    ['group:g', 'group:g'],
    ['c2c:me:you', 'c2c:me:you'],
    ['c2c:you:me', 'c2c:me:you'],
    ['c2c:a:b', undefined],
    ['c2c:me:me', undefined],
    ['c2c:me', undefined],
    ['c2c:me:', undefined],
    ['c2c:me:you:more', undefined],
    ['', undefined],
  ])('that name %j are for the one who looks', (convId, its) => {
    expect(ownPlaceOf(convId, 'me')).toBe(its === undefined ? undefined : placeOf(its));
  });

  it('take what was not encoded well as it is', () => {
    expect(decoded('100%')).toBe('100%');
  });
});

describe('the next conversation', () => {
  const all = ['a', 'b', 'c'];

  it.each([
    ['a', 1, 'b'],
    ['b', -1, 'a'],
    ['c', 1, undefined],
    ['a', -1, undefined],
    [undefined, 1, 'a'],
    [undefined, -1, 'c'],
    ['gone', 1, 'a'],
  ] as const)('of %s, by %i, is %s', (current, step, next) => {
    expect(neighbour(all, current, step)).toBe(next);
  });
});

describe('the version of the app', () => {
  it('is the name of its script', () => {
    expect(scriptOf('<script type="module" crossorigin src="/app/assets/app-BI_-9x.js"></script>')).toBe('/app/assets/app-BI_-9x.js');
    expect(scriptOf('<script src="/app/assets/theme-1.js"></script>')).toBeUndefined();
  });
});
