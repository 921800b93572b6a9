import { ParleyError, ParleyRest, type TokenRequest } from '@app/sdk';
import { deviceIdOf } from './device-name';

/** Whom this browser is signed in as. The name is a memory only: what proves it is the refresh cookie, which no script can read. */
export interface SignedIn {
  readonly userId: string;
}

/** Why somebody is asked to sign in again. */
export type SignedOutReason = 'left' | 'ended';

interface Token {
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: number;
}

const remembered = 'parley.user';
/** Under such keys the browser keeps what was begun to be written. */
export const draftPrefix = 'parley.draft.';
/** A token that ends within this time (ms) is not used any more. */
const tokenMarginMs = 60_000;

/** REST without a token: to sign up, to sign in, and to renew by the cookie. */
const rest = new ParleyRest({ url: location.origin });

/** Who is signed in, in this tab and in the others of this browser. The access token is in memory alone. */
export class Account {
  private current: Token | undefined;
  private renewing: Promise<Token> | undefined;
  private readonly channel = new BroadcastChannel('parley.account');
  private onSignedOut: ((reason: SignedOutReason) => void) | undefined;
  /** Why nobody is signed in any more, as long as nobody has heard of it. */
  private untold: SignedOutReason | undefined;

  constructor() {
    this.channel.onmessage = () => this.forget('left');
  }

  /** Who was signed in here last; whether the cookie is still good is seen when a token is needed. */
  remembered(): SignedIn | undefined {
    const userId = localStorage.getItem(remembered);
    return userId === null ? undefined : { userId };
  }

  /** Hears that nobody is signed in any more, even when that was before. */
  whenSignedOut(listener: (reason: SignedOutReason) => void): void {
    this.onSignedOut = listener;
    if (this.untold !== undefined) listener(this.untold);
    this.untold = undefined;
  }

  /** Throws a `ParleyError`. */
  async signUp(username: string, password: string, nickname: string): Promise<SignedIn> {
    await rest.request('register', { body: { username, password, ...(nickname === '' ? {} : { nickname }) } });
    return this.signIn(username, password);
  }

  /** Throws a `ParleyError`. */
  async signIn(username: string, password: string): Promise<SignedIn> {
    const { userId } = this.accept(await rest.request('login', { body: { username, password, deviceId: browserId(), cookie: true } }));
    return { userId };
  }

  /** A token for the SDK: the one in memory, or one by the cookie. Throws a `ParleyError`; when the cookie is no good, everybody hears of it. */
  readonly token = async ({ refresh }: TokenRequest): Promise<string> => {
    const { current } = this;
    if (current && !refresh && current.expiresAt - tokenMarginMs > Date.now()) return current.token;
    this.renewing ??= this.renew().finally(() => (this.renewing = undefined));
    return (await this.renewing).token;
  };

  /** Ends the session at the server and forgets it here, with what was begun to be written. */
  async signOut(): Promise<void> {
    // The server also takes the cookie away, which no script can; after a reload there may be no token yet to ask it with.
    const token = this.token({ refresh: false });
    this.forget('left');
    this.channel.postMessage('left');
    const logout = async () => new ParleyRest({ url: location.origin, token: await token }).request('logout');
    await logout().catch(() => undefined);
    this.current = undefined;
    localStorage.removeItem(remembered);
  }

  /** The session has ended elsewhere: revoked, or the password was changed. */
  ended(): void {
    this.forget('ended');
  }

  private async renew(): Promise<Token> {
    try {
      return this.accept(await rest.request('refresh'));
    } catch (error) {
      if (error instanceof ParleyError && (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN')) this.ended();
      throw error;
    }
  }

  private accept(token: Token): Token {
    this.current = token;
    localStorage.setItem(remembered, token.userId);
    return token;
  }

  private forget(reason: SignedOutReason): void {
    this.current = undefined;
    localStorage.removeItem(remembered);
    if (reason === 'left') forgetDrafts();
    if (this.onSignedOut) this.onSignedOut(reason);
    else this.untold = reason;
  }
}

/** The name of this browser, under which its sessions are listed. */
function browserId(): string {
  const key = 'parley.device';
  const id = localStorage.getItem(key) ?? deviceIdOf(navigator.userAgent, crypto.randomUUID().slice(0, 6));
  localStorage.setItem(key, id);
  return id;
}

/** A name for this tab's device: of the tabs of a browser each takes the lowest number that is free, so that no two share one. */
export async function deviceName(): Promise<string> {
  const base = browserId();
  for (let number = 1; number < 100; number++) {
    const name = `${base}.${number}`;
    if (await held(name)) return name;
  }
  return `${base}.${crypto.randomUUID().slice(0, 8)}`;
}

/** Takes a lock for as long as the tab lives; whether it was free. */
function held(name: string): Promise<boolean> {
  // Not to be had without HTTPS, but on localhost.
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`parley.device.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
  });
}

/** What was begun to be written is of nobody's business any more. */
function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(draftPrefix)) localStorage.removeItem(key);
}
