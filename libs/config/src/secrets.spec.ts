import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, defaultConfig, loadConfig } from './index';
import { keptSecret } from './kept-secret';
import { secretWeakness } from './secret-strength';

const strong = () => randomBytes(24).toString('base64');

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'parley-secret-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

const refusal = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig({ env, cwd });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('production', () => {
  const NODE_ENV = 'production';

  it('refuses to start without a secret, and makes none', () => {
    expect(refusal({ NODE_ENV, JWT_SECRET: '' })).toBe(
      'config: jwtSecret is not set: expected JWT_SECRET with at least 32 characters in production (NODE_ENV=production)',
    );
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('asks no secret of a process that signs nothing, and makes none', () => {
    expect(loadConfig({ env: { NODE_ENV }, cwd, signs: false }).config.jwtSecret).toBe('');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('refuses a short secret without showing it', () => {
    expect(refusal({ NODE_ENV, JWT_SECRET: 'Zx8vQ2mT' })).toBe(
      'config: jwtSecret = ******** (from environment JWT_SECRET): expected at least 32 characters in production, not 8',
    );
  });

  it('refuses a well-known secret of any length', () => {
    expect(refusal({ NODE_ENV, JWT_SECRET: 'your-super-secret-jwt-key-change-in-production' })).toBe(
      'config: jwtSecret = ******** (from environment JWT_SECRET): expected a secret of your own in production, not a well-known or repeated one',
    );
  });

  it('holds previous secrets to the same rule', () => {
    expect(refusal({ NODE_ENV, JWT_SECRET: strong(), JWT_PREVIOUS_SECRETS: `${strong()},changeme` })).toBe(
      'config: jwtPreviousSecrets[1] = ******** (from environment JWT_PREVIOUS_SECRETS): expected at least 32 characters in production, not 8',
    );
  });

  it('holds the secret of a storage to a rule of its own', () => {
    const refused = (secret: string) => refusal({ NODE_ENV, JWT_SECRET: strong(), OBJECT_STORAGE_CALLBACK_SECRET: secret });
    const line = 'config: objectStorage.callbackSecret = ******** (from environment OBJECT_STORAGE_CALLBACK_SECRET): expected';
    expect(refused('Zx8vQ2mT')).toBe(`${line} at least 16 characters in production, not 8`);
    expect(refused('changemechangeme')).toBe(`${line} a secret of your own in production, not a well-known or repeated one`);
    expect(refused('Zx8vQ2mTr5kLw9pB')).toBe('accepted');
    expect(refused('')).toBe('accepted');
    expect(refusal({ OBJECT_STORAGE_CALLBACK_SECRET: 'Zx8vQ2mT' })).toBe('accepted');
  });

  it('reports a missing secret beside other faults', () => {
    expect(refusal({ NODE_ENV, PORT: 'x' }).split('\n')).toHaveLength(2);
  });

  it('accepts strong secrets', () => {
    expect(refusal({ NODE_ENV, JWT_SECRET: strong(), JWT_PREVIOUS_SECRETS: strong() })).toBe('accepted');
  });
});

describe('a signing secret', () => {
  it.each([
    ['secret'],
    ['changeme'],
    ['your-secret-key'],
    ['parley'],
    ['x'.repeat(32)],
    ['0'.repeat(64)],
    ['secret'.repeat(8)],
    ['changeme'.repeat(4)],
    ['secret00000000000000000000000000000'],
    ['0123456789abcdef0123456789abcdef'],
    ['abcdefghijklmnopqrstuvwxyz123456'],
    ['12345678901234567890123456789012'],
    ['please-change-this-secret-to-32-characters'],
    ['your-256-bit-secret-your-256-bit-secret'],
    ['parley_development_secret_do_not_use'],
    [defaultConfig().jwtSecret],
  ])('that anybody could guess is weak: %s', (text) => {
    expect(secretWeakness(text)).toBeDefined();
  });

  it.each(['base64', 'base64url', 'hex'] as const)('made of random bytes in %s is strong', (encoding) => {
    const weak = Array.from({ length: 2000 }, () => randomBytes(24).toString(encoding)).filter((secret) => secretWeakness(secret));
    expect(weak).toEqual([]);
  });

  it('may be a sentence of one’s own', () => {
    expect(secretWeakness('four herons watched Ludmila repaint the yellow tugboat')).toBeUndefined();
  });

  it('that production would refuse is reported elsewhere', () => {
    expect(loadConfig({ env: { JWT_SECRET: 'short' }, cwd }).warnings).toEqual([
      'config: jwtSecret = ******** (from environment JWT_SECRET): expected at least 32 characters in production, not 5',
    ]);
  });
});

describe('the generated secret', () => {
  it('is strong, kept in the data folder for its owner alone, and the same at the next start', () => {
    const first = loadConfig({ env: { DATA_DIR: 'deep/data' }, cwd });
    const second = loadConfig({ env: { DATA_DIR: 'deep/data' }, cwd });
    expect(second.config.jwtSecret).toBe(first.config.jwtSecret);
    expect(first.sources.get('jwtSecret')).toBe('generated');
    expect(first.warnings).toEqual([]);
    expect(secretWeakness(first.config.jwtSecret)).toBeUndefined();
    expect(statSync(join(cwd, 'deep/data/jwt-secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(cwd, 'deep/data'))).toEqual(['jwt-secret']);
  });

  it('is not made when one is given', () => {
    loadConfig({ env: { JWT_SECRET: strong() }, cwd });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('is agreed on by processes that start together', async () => {
    const module = JSON.stringify(resolve(__dirname, 'kept-secret.ts'));
    const script = `process.stdout.write(require(${module}).keptSecret(${JSON.stringify(join(cwd, 'data'))}))`;
    const run = () =>
      promisify(execFile)(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', script], {
        cwd: resolve(__dirname, '../../..'),
      });
    const secrets = (await Promise.all([run(), run(), run(), run()])).map(({ stdout }) => stdout);
    expect(new Set([...secrets, keptSecret(join(cwd, 'data'))]).size).toBe(1);
    expect(readdirSync(join(cwd, 'data'))).toEqual(['jwt-secret']);
  });

  it.each(['', '\n', 'too-short\n', 'Zx8vQ2mT5rK9wB3nL7pD1sF6\ngH4jC0yEZx8vQ2mT5rK9wB3n\n', '\0'.repeat(44)])(
    'is not replaced when its file is damaged: %j',
    (content) => {
      const path = join(cwd, 'jwt-secret');
      writeFileSync(path, content);
      expect(refusal({ DATA_DIR: '.' })).toBe(
        `config: jwtSecret = ******** (from ${path}): expected one line of at least 32 characters; ` +
          'remove the file to have a new one made, or set JWT_SECRET',
      );
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it('needs a data folder that can be used', () => {
    writeFileSync(join(cwd, 'data'), '');
    expect(refusal({})).toBe(
      `config: jwtSecret cannot be kept in ${join(cwd, 'data/jwt-secret')} (ENOTDIR): expected a writable dataDir, or JWT_SECRET to be set`,
    );
  });
});
