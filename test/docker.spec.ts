import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { configKeys, defaultConfig } from '@app/config';
import { installed } from '@app/testing';

const root = join(__dirname, '..');
const docker = join(root, 'docker');
const installPatienceMs = 600_000;
const run = promisify(execFile);

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly tmpfs?: readonly string[];
}

const composeFiles = readdirSync(docker).filter((name) => /^docker-compose.*\.yml$/.test(name));
const textOf = (name: string) => readFileSync(join(docker, name), 'utf8');
const scripts = readdirSync(docker, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sh'));
const guide = readFileSync(join(root, 'docs/deploy.md'), 'utf8');

const servicesOf = (file: string): Record<string, Service> =>
  (parse(textOf(file), { merge: true, logLevel: 'silent' }) as { services: Record<string, Service> }).services;
const sourceAndTarget = (volume: NonNullable<Service['volumes']>[number]): string[] =>
  typeof volume === 'string' ? volume.split(':') : [volume.source, volume.target];

/** The folders for which images have a volume made that has no name, unless something is mounted there. */
const volumesOfImages: Readonly<Record<string, readonly string[]>> = {
  mysql: ['/var/lib/mysql'],
  redis: ['/data'],
  'apache/kafka': ['/etc/kafka/secrets', '/var/lib/kafka/data', '/mnt/shared/config'],
  'prom/prometheus': ['/prometheus'],
};

/** What the image itself reads, beside our configuration. */
const ofTheImage = new Set(['NODE_ENV', 'HEALTH_PORT']);

describe('the files for Docker', () => {
  it.each(composeFiles)('%s gives our programs names that they know', (file) => {
    const known = new Set(configKeys.flatMap(({ env }) => env));
    const ours = Object.entries(servicesOf(file)).filter(([name]) => name === 'app' || name === 'group-consumer');
    const names = ours.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(names.filter((name) => !known.has(name) && !ofTheImage.has(name))).toEqual([]);
  });

  it('hold no secret, and ask for each in words that say how to get it', () => {
    const uses = composeFiles.flatMap((file) => textOf(file).match(/\$\{\w*(PASSWORD|SECRET)\w*[^}]*\}/g) ?? []);
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((use) => !use.endsWith(':?run docker/deploy_multi_instance.sh}'))).toEqual([]);
  });

  it('name one version of each image', () => {
    const versions = new Map<string, Set<string>>();
    for (const [, image = '', tag = ''] of composeFiles.flatMap((file) => [...textOf(file).matchAll(/image: ([\w./-]+):(\S+)/g)]))
      versions.set(image, (versions.get(image) ?? new Set()).add(tag));
    expect([...versions].filter(([, tags]) => tags.size > 1)).toEqual([]);
  });

  it.each(composeFiles)('%s leaves no volume without a name behind', (file) => {
    const left = Object.entries(servicesOf(file)).flatMap(([name, { image = '', volumes = [], tmpfs = [] }]) => {
      const mounted = [...tmpfs, ...volumes.map((volume) => sourceAndTarget(volume)[1])];
      const folders = volumesOfImages[image.split(':')[0] ?? ''] ?? [];
      return folders.filter((folder) => !mounted.includes(folder)).map((folder) => `${name} ${folder}`);
    });
    expect(left).toEqual([]);
  });

  it.each(composeFiles)('%s shows Nginx the key of the certificate in one place, and only for HTTPS', (file) => {
    const mounts = (servicesOf(file).nginx?.volumes ?? []).map(sourceAndTarget);
    const withKey = mounts.filter(([source = '']) => /^(\$\{TLS_CERTS:-)?\.(\/nginx(\/certs)?)?\}?\/?$/.test(source));
    expect(withKey.map(([, target]) => target)).toEqual(file.includes('tls') ? ['/etc/nginx/certs'] : []);
  });

  it('hand Nginx every setting that its script reads, and the guide has each', () => {
    const read = [...textOf('nginx/start.sh').matchAll(/\$\{([A-Z_]+):-/g)].map(([, name = '']) => name);
    const given = composeFiles.flatMap((file) => Object.keys(servicesOf(file).nginx?.environment ?? {}));
    expect(read.length).toBeGreaterThan(4);
    expect([...new Set(read)].sort()).toEqual([...new Set(given)].sort());
    expect(read.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });

  it('let through Nginx as much of a file as gateways take', () => {
    expect(textOf('nginx/start.sh')).toContain(`\${PARLEY_FILES_MAX_BYTES:-${defaultConfig().files.maxBytes}}`);
  });

  it(
    'have scripts in which shellcheck finds nothing',
    async () => {
      const shellcheck = await installed({ names: ['shellcheck'], package: 'shellcheck' });
      const inBash = (name: string) => textOf(name).includes('bash');
      for (const [shell, names] of Object.entries({ bash: scripts.filter(inBash), sh: scripts.filter((name) => !inBash(name)) })) {
        const { stdout } = await run(shellcheck, ['-x', '-s', shell, ...names], { cwd: docker });
        expect(stdout).toBe('');
      }
    },
    installPatienceMs,
  );
});

describe('a folder that cannot be written to', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-docker-'));
    for (const name of scripts.filter((one) => !one.includes('/'))) cpSync(join(docker, name), join(folder, name));
    chmodSync(folder, 0o555);
  });
  afterAll(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });

  // Nothing stops root, who is nobody here.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const programs = scripts.filter((name) => !name.includes('/') && name !== 'lib.sh');

  it.each(programs)('is told by %s at once, in one line', async (name) => {
    const ended = await run(join(folder, name), [], { ...nobody, cwd: tmpdir() }).catch((error: unknown) => error);
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `${name}: the folder ${folder} cannot be written to: make it writable, or run this as its owner\n`,
    });
    expect(readdirSync(folder).sort()).toEqual(scripts.filter((one) => !one.includes('/')).sort());
  });
});

describe('the operator’s guide', () => {
  it('names files that exist', () => {
    const named = new Set(guide.match(/\b(docker|k8s)\/[\w./-]*\w/g));
    const made = /^docker\/(\.env|config\.yml|backups|nginx\/certs)/;
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((path) => !made.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('names every script and every compose file', () => {
    const top = [...scripts, ...composeFiles].filter((name) => !name.includes('/') && !name.includes('kafka-sentinel'));
    expect(top.filter((name) => !guide.includes(`docker/${name}`))).toEqual([]);
  });
});
