import { ParleyError, ParleyRest, type TokenRequest } from '@app/sdk';
import { keep, kept, keptNames } from '../../kit/kept';
import { browserId } from './device-name';

/** Whom this browser is signed in as. The name is a memory only: what proves it is the refresh cookie, which no script can read. */
export interface SignedIn {
  readonly userId: string;
}

/** Why somebody is asked to sign in again. */
export type SignedOutReason = 'left' | 'ended';

/** Hears who is signed in now; nobody, and why. */
type Changed = (now: SignedIn | undefined, why?: SignedOutReason) => void;

interface Token {
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: number;
}

const remembered = 'parley.user';
/** Whose session still has to be ended at the server. */
const leaving = 'parley.leaving';
/** Under such keys the browser keeps what was begun to be written. */
export const draftPrefix = 'parley.draft.';
/** A token that ends within this time (ms) is not used any more, and one that came within this time is, whatever the clock here says. */
const tokenMarginMs = 60_000;

/** REST without a token: to sign up, to sign in, and to renew by the cookie. */
const rest = new ParleyRest({ url: location.origin });

/**
 * Who is signed in, in this tab and in the others of this browser: the cookie is one for all of them, and so is the user. The access token
 * is in memory alone.
 */
export class Account {
  private userId = kept(remembered) ?? undefined;
  private current: (Token & { readonly at: number }) | undefined;
  private renewing: Promise<Token> | undefined;
  private isLeaving: Promise<void> | undefined;
  private readonly channel = new BroadcastChannel('parley.account');
  private onChanged: Changed | undefined;
  /** What has changed while nobody listened. */
  private untold: Parameters<Changed> | undefined;

  constructor() {
    this.channel.onmessage = ({ data }: MessageEvent<unknown>) => this.heard(data);
    // The cookie of a session that was left without a network would let the next one in, and no script can take it away.
    void this.leave();
    addEventListener('online', () => void this.leave());
  }

  /** Who was signed in here last; whether the cookie is still good is seen when a token is needed. */
  remembered(): SignedIn | undefined {
    return this.userId === undefined ? undefined : { userId: this.userId };
  }

  /** Hears that somebody else is signed in, here or in another tab, or nobody any more; even when that was before. */
  whenChanged(listener: Changed): void {
    this.onChanged = listener;
    if (this.untold) listener(...this.untold);
    this.untold = undefined;
  }

  /** Throws a `ParleyError`. */
  async signUp(username: string, password: string, nickname: string): Promise<SignedIn> {
    await rest.request('register', { body: { username, password, ...(nickname === '' ? {} : { nickname }) } });
    return this.signIn(username, password);
  }

  /** Throws a `ParleyError`. */
  async signIn(username: string, password: string): Promise<SignedIn> {
    // Once the cookie is another one, the session that was left before could not be ended any more.
    await this.leave();
    const body = { username, password, deviceId: browserId(), cookie: true };
    const { userId } = this.accept(checked(await rest.request('login', { body })));
    this.channel.postMessage({ entered: userId });
    return { userId };
  }

  /**
   * Gives tokens of one user to the SDK: the one in memory, or one by the cookie. They throw a `ParleyError`; when the cookie is no good, or
   * of somebody else, everybody hears of it.
   */
  readonly tokenOf =
    (userId: string) =>
    async ({ refresh }: TokenRequest): Promise<string> => {
      // What one user has left to be sent must never be sent as another.
      if (userId !== this.userId) throw new ParleyError('CLOSED', 'somebody else is signed in here');
      if (this.current && !refresh && isGood(this.current)) return this.current.token;
      const renewing = (this.renewing ??= this.renew(userId));
      try {
        return (await renewing).token;
      } finally {
        if (this.renewing === renewing) this.renewing = undefined;
      }
    };

  /** Ends the session and forgets it here, with what was begun to be written. Where the server cannot be reached, it hears of it later. */
  async signOut(): Promise<void> {
    const { userId, current } = this;
    if (userId === undefined) return;
    keep(leaving, userId);
    this.forget('left');
    this.channel.postMessage({ left: userId });
    await this.leave(current?.token);
  }

  /** The session of a user has ended elsewhere: revoked, or the password was changed. */
  ended(userId: string): void {
    if (userId === this.userId) this.forget('ended');
  }

  private async renew(userId: string): Promise<Token> {
    const token = await byCookie().catch((error: unknown) => {
      if (isRefusal(error)) this.ended(userId);
      throw error;
    });
    if (userId === this.userId && userId === token.userId) return this.accept(token);
    // The cookie is of another user: somebody signed in while this tab slept.
    if (userId === this.userId) this.become(token.userId);
    throw new ParleyError('CLOSED', 'somebody else is signed in here');
  }

  private accept(token: Token): Token {
    this.userId = token.userId;
    this.current = { ...token, at: Date.now() };
    keep(remembered, token.userId);
    return token;
  }

  /** Another tab says who came or went. */
  private heard(data: unknown): void {
    const { entered, left } = (data ?? {}) as { readonly entered?: unknown; readonly left?: unknown };
    if (typeof entered === 'string') this.become(entered);
    else if (left === undefined || left === this.userId) this.forget('left');
  }

  private become(userId: string): void {
    if (userId === this.userId) return;
    this.current = this.renewing = undefined;
    this.userId = userId;
    this.tell({ userId });
  }

  private forget(reason: SignedOutReason): void {
    this.current = this.renewing = this.userId = undefined;
    keep(remembered, null);
    if (reason === 'left') for (const name of keptNames(draftPrefix)) keep(name, null);
    this.tell(undefined, reason);
  }

  private tell(...change: Parameters<Changed>): void {
    if (this.onChanged) this.onChanged(...change);
    else this.untold = change;
  }

  /** Ends the session at the server that somebody has left here, or tries to. */
  private leave(token?: string): Promise<void> {
    const userId = kept(leaving);
    if (userId === null) return Promise.resolve();
    return (this.isLeaving ??= end(userId, token).finally(() => (this.isLeaving = undefined)));
  }
}

/** Ends the session of a user by its token or by the cookie; what cannot be now is left for the next time. */
async function end(userId: string, token: string | undefined): Promise<void> {
  const own = async ({ refresh }: TokenRequest): Promise<string> => {
    if (token !== undefined && !refresh) return token;
    const found = await byCookie();
    if (found.userId === userId) return found.token;
    throw new ParleyError('UNAUTHENTICATED', 'the cookie is of somebody else');
  };
  const logout = new ParleyRest({ url: location.origin, token: own }).request('logout');
  const isOver = await logout.then(() => true, isRefusal);
  if (isOver && kept(leaving) === userId) keep(leaving, null);
}

/** A new token for the session of the cookie. Throws a `ParleyError`. */
const byCookie = async (): Promise<Token> => checked(await rest.request('refresh'));

/** What answers is not always the server: something on the way may say anything. Throws `UNAVAILABLE`. */
function checked(answer: Token): Token {
  const { token, userId, expiresAt } = answer ?? {};
  if (typeof token === 'string' && typeof userId === 'string' && Number.isFinite(expiresAt)) return answer;
  throw new ParleyError('UNAVAILABLE', 'the answer is no token');
}

/** Whether a token can still be used; one that came a moment ago, whatever the clock here says. */
const isGood = ({ expiresAt, at }: { readonly expiresAt: number; readonly at: number }): boolean =>
  expiresAt - tokenMarginMs > Date.now() || Math.abs(Date.now() - at) < tokenMarginMs;

/** Whether the server says that the session is over. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ParleyError && (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN');
