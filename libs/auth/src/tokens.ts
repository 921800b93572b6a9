import { userIdSchema } from '@app/protocol';
import { type Clock, systemClock } from '@app/kit';
import { createSigner, createVerifier } from 'fast-jwt';

/** What a valid token says. */
export interface Claims {
  readonly userId: string;
  /** The session that the token belongs to; a product's own login signs tokens without one. */
  readonly sessionId: string | undefined;
  /** Milliseconds since 1970; 0 when the token does not say. */
  readonly issuedAt: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Why a token is refused: it was valid once, or it never was. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(readonly reason: 'expired' | 'bad') {
    super(reason === 'expired' ? 'the token has expired' : 'the token is not valid');
  }
}

/** Where the secrets come from, and how long tokens live. */
export interface TokensOptions {
  readonly secret: string;
  /** Secrets whose tokens are still taken, for rotation. */
  readonly previousSecrets?: readonly string[];
  readonly lifetimeSeconds: number;
  readonly clock?: Clock;
}

/** An access token opens sockets and calls; a refresh token only gets new tokens. */
type Use = 'access' | 'refresh';

const refreshAudience = 'parley:refresh';
const maxTokenLength = 4096;

/**
 * Signs and verifies JSON Web Tokens (HS256 and nothing else). Verifying is synchronous and costs some 6 µs, because it is done before
 * every WebSocket upgrade.
 */
export class Tokens {
  private readonly clock: Clock;
  private readonly sign: (payload: Record<string, unknown>) => string;
  private readonly verifiers: readonly ((token: string) => unknown)[];

  constructor(private readonly options: TokensOptions) {
    this.clock = options.clock ?? systemClock;
    this.sign = createSigner({ key: options.secret, algorithm: 'HS256' });
    // Expiry is checked here, by our clock, so that an expired token can be told from a bad one.
    this.verifiers = [options.secret, ...(options.previousSecrets ?? [])].map((key) =>
      createVerifier({ key, algorithms: ['HS256'], ignoreExpiration: true, cache: false }),
    );
  }

  /** A token for a session, valid from now on for the configured lifetime. */
  issue(userId: string, sessionId: string, use: Use = 'access'): { token: string; expiresAt: number } {
    const issuedAt = Math.floor(this.clock.now() / 1000);
    const exp = issuedAt + this.options.lifetimeSeconds;
    const token = this.sign({ sub: userId, sid: sessionId, iat: issuedAt, exp, ...(use === 'refresh' ? { aud: refreshAudience } : {}) });
    return { token, expiresAt: exp * 1000 };
  }

  /** Reads a token. Throws `TokenRefused`. */
  verify(token: string, use: Use = 'access'): Claims {
    if (token.length > maxTokenLength) throw new TokenRefused('bad');
    const { sub, sid, iat, exp, aud } = this.payloadOf(token);
    const isRefresh = aud === refreshAudience;
    if (!userIdSchema.safeParse(sub).success || isRefresh !== (use === 'refresh')) throw new TokenRefused('bad');
    if (sid !== undefined && !userIdSchema.safeParse(sid).success) throw new TokenRefused('bad');
    const issuedAt = seconds(iat) ?? 0;
    // A token that names no end has the end that ours would have; one that names neither end nor beginning would never end.
    const expiresAt = seconds(exp) ?? (issuedAt === 0 ? undefined : issuedAt + this.options.lifetimeSeconds * 1000);
    if (expiresAt === undefined) throw new TokenRefused('bad');
    if (expiresAt <= this.clock.now()) throw new TokenRefused('expired');
    return { userId: sub as string, sessionId: sid as string | undefined, issuedAt, expiresAt };
  }

  private payloadOf(token: string): Record<string, unknown> {
    for (const verify of this.verifiers) {
      try {
        const payload = verify(token);
        if (typeof payload === 'object' && payload !== null) return payload as Record<string, unknown>;
      } catch {
        // Signed with another secret, or not at all; the next secret may fit.
      }
    }
    throw new TokenRefused('bad');
  }
}

const seconds = (claim: unknown): number | undefined =>
  typeof claim === 'number' && Number.isFinite(claim) && claim > 0 ? Math.floor(claim * 1000) : undefined;
