import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { World } from '@app/testing';

const root = join(__dirname, '../../..');
const run = (program: string, args: readonly string[], cwd: string) => promisify(execFile)(program, [...args], { cwd, timeout: 60_000 });

/** What somebody writes who has only the package. */
const consumer = `
import { type Entry, type Message, ParleyClient, ParleyError, type Timeline, newClientMsgId } from '@parley/sdk';

const [url = '', token = '', groupId = ''] = (globalThis as unknown as { process: { argv: string[] } }).process.argv.slice(2);
const client = new ParleyClient({ url, token, onError: (error) => { throw error; } });
const timeline: Timeline = client.timeline({ groupId }, { fromSeq: 0 });
const told: string[] = [];
const heard = new Promise<void>((resolve) =>
  timeline.on('entry', (entry: Entry) => {
    if (told.push(entry.kind === 'message' ? String(entry.payload?.['text']) : entry.kind) === 3) resolve();
  }),
);
client.on('message', (message: Message) => message.seq.toFixed());
client.on('connection', ({ state }) => { if (state === 'closed') told.push('closed'); });
await client.send({ groupId, type: 'text', payload: { text: 'one' } });
const { seq } = await client.send({ groupId, type: 'text', payload: { text: 'two' }, clientMsgId: newClientMsgId() });
const { lastSeq } = await client.call('entries', { groupId, afterSeq: 0 });
const { groups } = await client.request('groups', { query: { limit: 5 } });
const code = await client.call('read', { groupId: 'nowhere', seq: 1 }).catch((error: unknown) => (error instanceof ParleyError ? error.code : 'another'));

// @ts-expect-error: no such action
client.call('sent', {}).catch(() => undefined);
// @ts-expect-error: no such field
client.call('read', { groupId, sequence: 1 }).catch(() => undefined);
// @ts-expect-error: no such type of message
client.send({ groupId, type: 'system', payload: {} }).catch(() => undefined);
// @ts-expect-error: no such event
client.on('messages', () => undefined);
// @ts-expect-error: no such parameter of a route
client.request('group', { params: { groupId } }).catch(() => undefined);
// @ts-expect-error: no such thing in an answer
client.request('me').then(({ userId }) => userId, () => undefined);
// @ts-expect-error: no such thing in an ack
client.call('sync', {}).then(({ nextToken }) => nextToken, () => undefined);

await heard;
client.close();
console.log(JSON.stringify({ told, seq, lastSeq, code, groups: groups.map(({ name }) => name) }));
`;

/** What a page gets that somebody works on: Vite bundles the package anew, and then looks into it for what it needs. */
const viteConsumer = `
const { createServer } = await import(process.argv[2]);
const server = await createServer({ root: '.', configFile: false, logLevel: 'silent', appType: 'custom', server: { middlewareMode: true, ws: false }, optimizeDeps: { include: ['@parley/sdk'] } });
try {
  await server.environments.client.depsOptimizer.init?.();
  const { id } = await server.environments.client.pluginContainer.resolveId('@parley/sdk', process.cwd() + '/page.js');
  console.log((await server.environments.client.transformRequest(id)).code);
} finally {
  await server.close();
}
`;

describe('the package of the SDK', () => {
  let folder: string;
  let project: string;
  let installed: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-sdk-'));
    project = join(folder, 'project');
    const built = join(folder, 'built');
    const script = ['-r', 'ts-node/register/transpile-only', '-r', './scripts/aliases.cjs', 'scripts/build-sdk.ts', built];
    await run(process.execPath, script, root);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, '--offline'], built);
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    installed = join(project, 'node_modules/@parley/sdk');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1'], folder);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    writeFileSync(join(project, 'consumer.ts'), consumer);
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2022',
          lib: ['es2023', 'dom'],
          types: [],
          strict: true,
          exactOptionalPropertyTypes: true,
          noPropertyAccessFromIndexSignature: true,
          skipLibCheck: false,
        },
        files: ['consumer.ts'],
      }),
    );
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds one module, its types and its papers', () => {
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'index.d.mts', 'index.mjs', 'package.json']);
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { dependencies?: object };
    expect(dependencies).toBeUndefined();
  });

  it('is for browsers: it has no schemas, nothing of the server, nothing of Node.js, and less than 48 kB', () => {
    const bundle = readFileSync(join(installed, 'index.mjs'), 'utf8');
    expect(bundle).not.toMatch(/zod|@app\/|node:|\brequire\b|\bprocess\b|\bBuffer\b/);
    expect([...bundle.matchAll(/^import .*/gm)]).toEqual([]);
    expect(Buffer.byteLength(bundle)).toBeLessThan(48_000);
    expect(readFileSync(join(installed, 'index.d.mts'), 'utf8')).not.toMatch(/\bzod\b|@app\/|\bimport\b/);
  });

  it('is served by Vite to a browser, which has no package ws', async () => {
    writeFileSync(join(project, 'vite.mjs'), viteConsumer);
    const { stdout } = await run(process.execPath, ['vite.mjs', join(root, 'node_modules/vite/dist/node/index.js')], project);
    expect(stdout).toMatch(/export \{.*\bParleyClient\b/);
  }, 60_000);

  it('is typed by itself, and works against a gateway', async () => {
    await expect(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], project)).resolves.toMatchObject({ stdout: '' });
    symlinkSync(join(root, 'node_modules/ws'), join(project, 'node_modules/ws'));
    await World.during({}, async (world) => {
      const alice = await world.person('alice');
      const groupId = await world.group(alice);
      const { stdout } = await run(process.execPath, ['consumer.js', world.http, alice.token, groupId], project);
      expect(JSON.parse(stdout)).toEqual({
        told: ['group_created', 'one', 'two', 'closed'],
        seq: 3,
        lastSeq: 3,
        code: 'NOT_FOUND',
        groups: ['a group'],
      });
    });
  }, 60_000);
});
