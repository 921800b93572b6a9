'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Which tests begin first. Where Jest has seen them before, those that took long, as it does by itself. In a fresh checkout it takes the
 * size of a file for that, and a short file whose property runs for a minute would begin last and run alone: so tests of one file, which
 * take seconds at most, wait for those that run on servers and processes, and fill the end.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const isUnit = ({ context }) => context.config.displayName?.name === 'unit';
    return [...sorted.filter((test) => !isUnit(test)), ...sorted.filter(isUnit)];
  }
};
