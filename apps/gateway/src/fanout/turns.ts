import type { Database, LeaseStore } from '@app/storage';

const leaseName = 'relay';

/**
 * The relay's turns, by a lease of the store. An embedded store is this gateway's alone. One that is not `able` to have its work done takes
 * no turn, and does not keep one.
 */
export function turnsOf(
  database: Pick<Database, 'dialect'>,
  leases: Pick<LeaseStore, 'take' | 'release'>,
  holder: string,
  able: () => boolean,
) {
  if (database.dialect === 'sqlite') return { take: () => Promise.resolve(true), release: () => Promise.resolve() };
  return {
    take: async (ms: number) => able() && (await leases.take(leaseName, holder, ms)),
    release: () => leases.release(leaseName, holder),
  };
}
