import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is asked of a client of ioredis, whether it speaks to one server or to a Cluster. */
interface ScriptClient {
  eval(script: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
}

/** A connection to Redis on which nothing is answered late: see `RedisLink` of libs/rate-limit. */
export interface PresenceLink {
  /** Whether there is somebody to ask. */
  readonly up: boolean;
  /** The answer, or `undefined` when there is none in time. Never rejects. */
  ask<T>(question: (client: ScriptClient) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

type Script = (client: ScriptClient, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** The scripts, each atomic. All keys of a call lie in one slot. A server that does not have a script gets it with the call. */
export const scripts = {
  hold: script('hold'),
  release: script('release'),
  look: script('look'),
  gone: script('gone'),
  count: script('count'),
  scan: script('scan'),
};

function script(name: string): Script {
  // The build copies it beside the compiled file (`assets` in nest-cli.json).
  const text = readFileSync(join(__dirname, `${name}.lua`), 'utf8');
  const sha = createHash('sha1').update(text).digest('hex');
  return (client, keys, args) =>
    client.evalsha(sha, keys.length, ...keys, ...args).catch((error: Error) => {
      if (!error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(text, keys.length, ...keys, ...args);
    });
}
