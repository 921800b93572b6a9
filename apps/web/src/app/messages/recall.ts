import { type Message, type ParleyClient, ParleyError } from '@app/sdk';
import type { ChatStore } from '../state';

type Recalled = Pick<Message, 'convId' | 'seq' | 'from' | 'timestamp'>;

/**
 * Taking messages back: one's own for a while, and any by who runs the group. The server does not tell how long that while is; what it
 * refuses once tells that nothing older need be offered again.
 */
export class Recalls {
  /** The age (ms) of the youngest message that was refused. */
  private refusedAge = Infinity;

  constructor(
    private readonly client: Pick<ParleyClient, 'call'>,
    private readonly store: ChatStore,
    private readonly me: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether the server may be expected to take a message back. */
  may({ convId, from, timestamp }: Recalled): boolean {
    const line = this.store.getState().conversations[convId];
    // Who has left can change nothing any more.
    if (!line) return false;
    if (line.role === 'owner' || line.role === 'admin') return true;
    return from === this.me && this.now() - timestamp < this.refusedAge;
  }

  /** Takes a message back. Throws a `ParleyError`: `RECALL_EXPIRED` when it is too late. */
  async recall({ convId, seq, timestamp }: Recalled): Promise<void> {
    try {
      await this.client.call('recall', { convId, seq });
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'RECALL_EXPIRED') {
        this.refusedAge = Math.min(this.refusedAge, this.now() - timestamp);
      }
      throw error;
    }
  }
}
