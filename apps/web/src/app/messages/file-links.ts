type Link = { readonly url: string; readonly expiresAt: number };
type AskLinks = (fileIds: readonly string[]) => Promise<ReadonlyMap<string, Link>>;

/** A link is not used any more when it ends within this time (ms): a picture may be asked for a while after it is drawn. */
const marginMs = 60_000;
/** The server answers for so many files at once. */
const atOnce = 200;

/** Addresses of files. What is wanted in the same moment is asked for at once, and an address is kept for as long as it holds. */
export class FileLinks {
  private readonly known = new Map<string, Link>();
  private readonly wanted = new Map<string, ((url: string | undefined) => void)[]>();

  constructor(
    private readonly ask: AskLinks,
    private readonly now: () => number = Date.now,
  ) {}

  /** The address that is known already. */
  peek(fileId: string): string | undefined {
    const link = this.known.get(fileId);
    return link && link.expiresAt - marginMs > this.now() ? link.url : undefined;
  }

  /** The address; undefined when the user may not read the file, or there is no answer. */
  link(fileId: string): Promise<string | undefined> {
    const known = this.peek(fileId);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const waiting = this.wanted.get(fileId);
      if (waiting) return void waiting.push(resolve);
      if (this.wanted.size === 0) setTimeout(() => void this.fetch(), 10);
      this.wanted.set(fileId, [resolve]);
    });
  }

  private async fetch(): Promise<void> {
    const wanted = new Map(this.wanted);
    this.wanted.clear();
    const ids = [...wanted.keys()];
    for (let at = 0; at < ids.length; at += atOnce) {
      const page = ids.slice(at, at + atOnce);
      const links = await this.ask(page).catch(() => new Map<string, Link>());
      for (const id of page) {
        const link = links.get(id);
        if (link) this.known.set(id, link);
        for (const resolve of wanted.get(id) ?? []) resolve(link?.url);
      }
    }
  }
}
