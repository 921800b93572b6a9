import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServerProcess, freePort, installed } from '@app/testing';

const nginx = join(__dirname, '../docker/nginx');

/** What `docker/.env` may say of Nginx. */
export type Settings = Readonly<
  Partial<Record<'PARLEY_HOSTS' | 'HTTPS_PORT' | 'FRONT_PROXIES' | 'CONNECTIONS_PER_ADDRESS' | 'PARLEY_FILES_MAX_BYTES', string>>
>;

/** How a test differs from an installation. */
export interface NginxOptions {
  readonly settings?: Settings;
  /** Ports of the gateways. */
  readonly gateways: readonly number[];
  /** As with docker-compose.tls.yml, with a certificate of `make-self-signed.sh`. */
  readonly tls?: boolean;
}

/**
 * A real Nginx on 127.0.0.1 that runs the files of `docker/nginx`, started by their script. Addresses, ports and folders are of this machine;
 * the gateways are told one by one, since older ones cannot ask Docker's DNS; and who is slow is cut after one second.
 */
export class NginxServer {
  private constructor(
    private readonly process: ServerProcess,
    readonly port: number,
    readonly tlsPort: number,
  ) {}

  /** Throws with the words of Nginx, or of the script, when it does not start. */
  static async start({ settings = {}, gateways, tls = false }: NginxOptions): Promise<NginxServer> {
    const program = await installed({ names: ['nginx'], package: 'nginx-light' });
    const server = new NginxServer(new ServerProcess('nginx'), await freePort(), await freePort());
    try {
      await server.writeFiles({ gateways, tls, program });
      const command = 'env';
      const assignments = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      const args = ['-i', `PATH=${process.env.PATH ?? ''}`, ...assignments, 'sh', join(server.process.folder, 'start.sh')];
      const answers = async () => {
        const { status } = await fetch(`http://127.0.0.1:${server.port}/nginx-health`);
        if (status !== 200) throw new Error(`/nginx-health is answered ${status}`);
      };
      await server.process.start({ name: 'nginx', command, args, answers });
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** All that it has logged. */
  get log(): string {
    return readFileSync(join(this.process.folder, 'log'), 'utf8');
  }

  remove(): Promise<void> {
    return this.process.remove();
  }

  private async writeFiles({ gateways, tls, program }: Pick<NginxOptions, 'gateways'> & { tls: boolean; program: string }): Promise<void> {
    const { folder } = this.process;
    const made = join(folder, 'made');
    mkdirSync(made);
    cpSync(nginx, folder, { recursive: true, filter: (path) => !path.endsWith('/certs') });
    if (tls) {
      await promisify(execFile)(join(folder, 'make-self-signed.sh'));
      cpSync(join(folder, 'tls'), join(folder, 'conf.d'), { recursive: true });
    }
    const { stderr } = await promisify(execFile)(program, ['-v']);
    const [, minor = 0] = (/nginx\/1\.(\d+)/.exec(stderr) ?? []).map(Number);
    // Files that would be laid on a disk end the request: there is no folder for them.
    for (const name of ['body', 'proxy', 'fastcgi', 'scgi', 'uwsgi']) writeFileSync(join(folder, name), '');
    const paths = `client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; scgi_temp_path scgi; uwsgi_temp_path uwsgi;`;
    const differences: readonly (readonly [RegExp, string])[] = [
      [/\/etc\/nginx\/parley\//g, `${folder}/`],
      [/\/run\/parley/g, made],
      [/\/run\/nginx\.pid/g, `${folder}/pid`],
      [/\/etc\/nginx\/certs/g, `${folder}/certs`],
      [/\/dev\/std(out|err)/g, join(folder, 'log')],
      [/^user .*/m, ''],
      // One process, which takes all of it along when it ends.
      [/^worker_processes .*/m, 'master_process off;'],
      [/^worker_rlimit_nofile .*/m, ''],
      [/worker_connections \d+/, 'worker_connections 512'],
      [/^http \{/m, `http { ${paths.replace(/path /g, `path ${folder}/`)}`],
      [/listen 8080\b/g, `listen 127.0.0.1:${this.port}`],
      [/listen 8443\b/g, `listen 127.0.0.1:${this.tlsPort}`],
      [/^resolver.*$/gm, ''],
      [/server app:8080 resolve(.*;)/g, gateways.map((port) => `server 127.0.0.1:${port}$1`).join(' ')],
      [/(client_(header|body)_timeout) \d+s/g, '$1 1s'],
      ...(minor < 25 ? [[/http2 on;/g, ''] as const] : []),
      [/exec nginx/, `exec ${program} -p ${folder}`],
    ];
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(conf|sh)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      writeFileSync(
        path,
        differences.reduce((text, [pattern, instead]) => text.replace(pattern, instead), readFileSync(path, 'utf8')),
      );
    }
  }
}
