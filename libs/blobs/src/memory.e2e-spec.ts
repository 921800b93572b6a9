import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { S3Server } from '@app/testing';

const mebibyte = 1_048_576;
const size = 1024 * mebibyte;
/** What lies about between two collections of garbage, and far less than the blob. */
const mostGrowth = 128 * mebibyte;
const patienceMs = 120_000;

/** What a process of its own found: bytes of memory that it had before, and at most. */
interface Found {
  readonly before: number;
  readonly writing: number;
  readonly reading: number;
}

/** A process that writes and reads a small blob, then one of a gibibyte, and looks at its memory with every mebibyte. */
async function measure(open: string): Promise<Found> {
  const program = `
    const { Readable } = require('node:stream');
    const { DiskBlobStore } = require(${JSON.stringify(join(__dirname, 'disk.blob-store.ts'))});
    const { S3BlobStore } = require(${JSON.stringify(join(__dirname, 's3.blob-store.ts'))});
    const piece = Buffer.alloc(65536);
    let most = 0;
    const look = (at) => at % ${mebibyte} < piece.length && (most = Math.max(most, process.memoryUsage.rss()));
    function* pieces(size) {
      for (let at = 0; at < size; at += piece.length) { look(at); yield piece; }
    }
    const peak = async (work) => { most = 0; await work(); return most; };
    void (async () => {
      const store = await ${open};
      const key = 'pending/gibibyte';
      const write = (size) => store.write(key, Readable.from(pieces(size), { objectMode: false }), { size, mimeType: 'a/b' });
      const read = async () => {
        let at = 0;
        for await (const chunk of (await store.read(key)).bytes) look(at += chunk.length);
        return at;
      };
      const before = await peak(async () => { await write(${32 * mebibyte}); await read(); });
      const writing = await peak(() => write(${size}));
      const reading = await peak(async () => { if (await read() !== ${size}) throw new Error('not all was read'); });
      await store.close();
      console.log(JSON.stringify({ before, writing, reading }));
    })();`;
  const args = [
    '-r',
    require.resolve('ts-node/register/transpile-only'),
    '-r',
    join(__dirname, '../../../scripts/aliases.cjs'),
    '-e',
    program,
  ];
  const env = { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.json') };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as Found;
}

describe('a blob of a gibibyte passes through a process whose memory stays as it is', () => {
  const check = ({ before, writing, reading }: Found): void => {
    expect(writing - before).toBeLessThan(mostGrowth);
    expect(reading - before).toBeLessThan(mostGrowth);
  };

  it(
    'to disk and back',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'parley-gibibyte-'));
      try {
        check(await measure(`DiskBlobStore.start({ folder: ${JSON.stringify(folder)} })`));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    patienceMs,
  );

  it(
    'to a bucket and back',
    async () => {
      const server = await S3Server.start();
      try {
        check(await measure(`S3BlobStore.start(${JSON.stringify({ prefix: '', publicBaseUrl: '', ...server.settings })})`));
      } finally {
        await server.remove();
      }
    },
    patienceMs,
  );
});
