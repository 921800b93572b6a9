import fc from 'fast-check';
import { seedOfRun } from './seeded';

/** How many cases each property is tried with, unless `PROPERTY_RUNS` says. */
const usualRuns = 300;

// Jest reads this before each file of unit tests, so that a long run can ask more of all of them. The seeds of fast-check are signed.
fc.configureGlobal({ numRuns: Number(process.env.PROPERTY_RUNS ?? usualRuns), seed: seedOfRun() | 0 });
