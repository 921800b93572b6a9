/** What a token function is told. */
export interface TokenRequest {
  /** The last token was refused, or may have been: a cached one will not do. */
  readonly refresh: boolean;
}

/**
 * Gives a token; asked before every attempt to connect, and before every request. When it fails, an attempt is made again later, and a request
 * fails with it.
 */
export type TokenSource = (request: TokenRequest) => string | Promise<string>;

/** Close codes that a new token may cure: BAD_TOKEN and TOKEN_EXPIRED. */
const curable: readonly number[] = [4500, 4501];

/** The token of a client, and whether a fresh one is needed. */
export class Credentials {
  private refresh = false;
  /** Set while a token that was asked for as a fresh one has not been accepted yet. */
  private renewed = false;
  private failures = 0;

  constructor(private readonly source: string | TokenSource) {}

  /** The token for the next attempt. */
  async token(): Promise<string> {
    if (typeof this.source === 'string') return this.source;
    const token = await this.source({ refresh: this.refresh });
    // Asked again only when this one is refused too; until there is one, it is still needed.
    if (this.refresh) this.renewed = true;
    this.refresh = false;
    return token;
  }

  /** The server let it in. */
  accepted(): void {
    this.refresh = this.renewed = false;
    this.failures = 0;
  }

  /** The server sent the client away with a close code that will not change by trying again. Answers whether a fresh token may change it. */
  renew(closeCode: number): boolean {
    if (typeof this.source === 'string' || !curable.includes(closeCode) || this.renewed) return false;
    return (this.refresh = true);
  }

  /** An attempt failed for a reason that cannot be seen. Once in a row of failures, at the second, a fresh token is tried. */
  suspect(): void {
    if (++this.failures === 2 && !this.renewed) this.refresh = true;
  }
}
