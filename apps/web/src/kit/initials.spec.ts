import { initialsOf } from './initials';

describe('the initials of a name', () => {
  it.each([
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['Ada Augusta King Lovelace', 'AL'],
    ['grace-hopper.1906', 'G1'],
    ['  Alan   Turing ', 'AT'],
    ['林徽因', '徽因'],
    ['李', '李'],
    ['🙂 smile', '🙂S'],
    ['', '?'],
    ['...', '?'],
  ])('%j are %s', (name, initials) => expect(initialsOf(name)).toBe(initials));
});
