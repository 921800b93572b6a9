import type { Database } from './database';
import { words } from './dialect';

/** Work that one process at a time does: who holds the lease of a name may do it until it runs out. */
export class LeaseStore {
  constructor(private readonly database: Database) {}

  /** Takes a lease for so many milliseconds, or keeps it; answers whether `holder` has it now. */
  async take(name: string, holder: string, ms: number): Promise<boolean> {
    return this.database.write(async (tx) => {
      const now = await this.database.storeTime(tx);
      const { affected } = await tx.run('UPDATE leases SET holder = ?, until_at = ? WHERE name = ? AND (holder = ? OR until_at <= ?)', [
        holder,
        now + ms,
        name,
        holder,
        now,
      ]);
      if (affected > 0) return true;
      const { insertIgnore } = words[this.database.dialect];
      const made = await tx.run(`${insertIgnore} INTO leases (name, holder, until_at) VALUES (?, ?, ?)`, [name, holder, now + ms]);
      return made.affected > 0;
    });
  }

  /** Gives a lease back before it runs out. */
  async release(name: string, holder: string): Promise<void> {
    await this.database.write((tx) => tx.run('UPDATE leases SET until_at = 0 WHERE name = ? AND holder = ?', [name, holder]));
  }
}
