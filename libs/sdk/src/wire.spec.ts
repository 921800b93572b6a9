import { entryOf } from './wire';

const place = { convId: 'group:g', seq: 3 };

it('an event with a place in a log carries an entry', () => {
  expect(entryOf('message', place)).toEqual({ kind: 'message', ...place });
  expect(entryOf('entry', { kind: 'recalled', ...place })).toEqual({ kind: 'recalled', ...place });
});

it.each([
  ['message', undefined],
  ['message', null],
  ['message', { seq: 1 }],
  ['entry', 5],
  ['entry', { convId: 5, seq: 1 }],
  ['entry', { convId: 'group:g', seq: 'x' }],
  ['read', place],
])('an event %s with the data %j carries none', (event, data) => {
  expect(entryOf(event, data)).toBeUndefined();
});
