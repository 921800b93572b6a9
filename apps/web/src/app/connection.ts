import type { ParleyClient } from '@app/sdk';
import type { ChatStore } from './state';

/** Close codes that end a session: KICKED, and a token that is no good. */
const sessionEnded: readonly number[] = [4500, 4501, 4503];

/** What follows from how the connection stands. */
export interface Following {
  /** It is there, for the first time or again. */
  readonly online: () => void;
  /** The session is over. */
  readonly ended: () => void;
}

/** Keeps in the state how the connection stands. */
export function followConnection(client: ParleyClient, store: ChatStore, { online, ended }: Following): void {
  client.on('connection', ({ state, retryInMs, closeCode }) => {
    store.setState(({ connection: { isAway } }) => ({
      connection: {
        state,
        isAway: state !== 'online' && (state === 'waiting' || isAway),
        ...(retryInMs === undefined ? {} : { retryAt: Date.now() + retryInMs }),
        ...(closeCode === undefined ? {} : { closeCode }),
      },
    }));
    if (state === 'closed' && closeCode !== undefined && sessionEnded.includes(closeCode)) ended();
    if (state === 'online') online();
  });
}
