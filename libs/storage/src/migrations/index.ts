import { Core1764000000000 } from './1764000000000-core';

/** Every migration, oldest first. A migration must work while the previous version of the program still runs. */
export const migrations = [Core1764000000000];
