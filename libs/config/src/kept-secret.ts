import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { badValue, ConfigError } from './config-error';
import { MASK } from './mask';
import { MIN_SECRET_LENGTH } from './secret-strength';

/**
 * The signing secret kept in a data folder, made there (mode 600) by the first process that asks. All processes that share the folder
 * get the same one, also when they start together. Throws {@link ConfigError} if the folder or the file cannot be used.
 */
export function keptSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  const secret = usable(path, () => {
    const kept = readIfThere(path);
    if (kept !== undefined) return kept;
    mkdirSync(dataDir, { recursive: true });
    publish(path, randomBytes(32).toString('base64url'));
    return readFileSync(path, 'utf8');
  }).trim();
  if (secret.length < MIN_SECRET_LENGTH || /\s|\0/.test(secret)) {
    const expects = `one line of at least ${MIN_SECRET_LENGTH} characters; remove the file to have a new one made, or set JWT_SECRET`;
    throw new ConfigError([badValue('jwtSecret', MASK, path, expects)]);
  }
  return secret;
}

// link() refuses where rename() would replace: of two processes one wins, and nobody ever sees a half-written file.
function publish(path: string, secret: string): void {
  const draft = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, `${secret}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function usable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError([
      `config: jwtSecret cannot be kept in ${path} (${reason}): expected a writable dataDir, or JWT_SECRET to be set`,
    ]);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
