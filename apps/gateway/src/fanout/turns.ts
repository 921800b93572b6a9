import type { Database, LeaseStore } from '@app/storage';

const leaseName = 'relay';

/** The relay's turns, by a lease of the store. An embedded store is this gateway's alone. */
export function turnsOf(database: Pick<Database, 'dialect'>, leases: LeaseStore, holder: string) {
  if (database.dialect === 'sqlite') return { take: () => Promise.resolve(true), release: () => Promise.resolve() };
  return {
    take: (ms: number) => leases.take(leaseName, holder, ms),
    release: () => leases.release(leaseName, holder),
  };
}
