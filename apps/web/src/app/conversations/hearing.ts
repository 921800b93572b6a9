import type { Entry, ParleyClient, Timeline } from '@app/sdk';
import type { ChatStore } from '../state';

/** So many groups are heard all the time; of the others the server tells that something was said. The server allows 1,000. */
const maxHeardGroups = 300;

/** Whom the entries of conversations are told to. */
export interface Hearer {
  /** The next entry of a conversation, each once and in order. */
  readonly told: (entry: Entry) => void;
  /** Entries were left out: what is shown of the conversation's end is to be loaded anew. */
  readonly missed: (convId: string) => void;
}

/** Which conversations this connection follows, entry by entry, from where the list knows them. */
export class Hearing {
  private readonly heard = new Set<string>();

  constructor(
    private readonly client: ParleyClient,
    private readonly store: ChatStore,
    private readonly hearer: Hearer,
  ) {
    // A c2c tells of itself.
    client.on('timeline', (timeline) => this.follow(timeline));
  }

  /** Whether a conversation is followed. */
  has(convId: string): boolean {
    return this.heard.has(convId);
  }

  /** Follows a conversation of the list. */
  hear(convId: string): void {
    const line = this.store.getState().conversations[convId];
    // A c2c tells of itself; a group that is not in the list is none of ours.
    if (this.heard.has(convId) || !line) return;
    this.follow(this.client.timeline({ convId }, { fromSeq: line.lastSeq, missed: 'skip' }));
  }

  /** Follows a conversation of the list, unless there are too many already: it is followed then when it is opened. */
  hearIfFew(convId: string): void {
    if (this.heard.size < maxHeardGroups) this.hear(convId);
  }

  private follow(timeline: Timeline): void {
    const { convId } = timeline;
    this.heard.add(convId);
    timeline.on('entry', (entry) => this.hearer.told(entry));
    timeline.on('gap', () => this.hearer.missed(convId));
    timeline.on('reset', () => this.hearer.missed(convId));
    timeline.on('end', () => this.heard.delete(convId));
  }
}
