import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { freePort } from './free-port';
import { account, filesOf, mariaTemplate, mariadbd, replicaAccount } from './maria-template';
import { ServerProcess } from './server-process';

/** How a server of a test differs from the usual one. */
export interface MariaOptions {
  /** Settings of the server by their names, as in `--name=value`; they win over all others. */
  readonly config?: Readonly<Record<string, string | number>>;
  /** With the settings that the product recommends: what was committed survives a kill. Otherwise commits wait for no disk. */
  readonly durable?: boolean;
  /** Default 1; a replica and its primary need two. */
  readonly serverId?: number;
  /** Whether it writes a binary log, as the primary of a replica must. */
  readonly binlog?: boolean;
  /** Refuses writes of everybody but root and replication. */
  readonly readOnly?: boolean;
}

const quick = ['innodb-flush-log-at-trx-commit=0', 'skip-innodb-doublewrite', 'loose-innodb-flush-method=nosync', 'sync-binlog=0'];
const durable = ['innodb-flush-log-at-trx-commit=1', 'sync-binlog=1'];
const catchUpSeconds = 30;

/**
 * A MariaDB of a test, alone on a port of 127.0.0.1 with a folder of its own. Tests connect as an ordinary user; `query` is root.
 */
export class MariaServer {
  private constructor(
    private readonly process: ServerProcess,
    private readonly command: string,
    readonly port: number,
    private readonly options: MariaOptions,
  ) {}

  /** Starts a server with empty tables. Throws with the last lines of its log when it does not come up. */
  static async start(options: MariaOptions = {}): Promise<MariaServer> {
    const template = await mariaTemplate();
    const process = new ServerProcess('mariadb');
    const server = new MariaServer(process, await mariadbd(), await freePort(), options);
    try {
      cpSync(template, server.datadir, { recursive: true });
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** `mysql://user:password@127.0.0.1:port`, without a database. The user may do everything but administer the server. */
  get url(): string {
    return `mysql://${account.user}:${account.password}@127.0.0.1:${this.port}`;
  }

  /** Makes an empty database, of a random name unless one is given, and answers its URL. */
  async database(name = `parley_${randomBytes(6).toString('hex')}`): Promise<string> {
    await this.query(`CREATE DATABASE \`${name}\``);
    return `${this.url}/${name}`;
  }

  /** Runs one statement as root, on a connection of its own. Answers the rows, if there are any. */
  async query<T = Record<string, unknown>>(sql: string): Promise<T[]> {
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({ host: '127.0.0.1', port: this.port, user: 'root', connectTimeout: 5_000 });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return Array.isArray(rows) ? (rows as T[]) : [];
    } finally {
      connection.destroy();
    }
  }

  /** Ends at once, as in a crash. */
  kill(): Promise<void> {
    return this.process.end('SIGKILL');
  }

  /** Ends in good order. */
  stop(): Promise<void> {
    return this.process.end('SIGTERM');
  }

  /** Starts again after an end, on the same port and folder. */
  async start(): Promise<void> {
    const { folder } = this.process;
    const { config = {}, serverId = 1, binlog = false, readOnly = false } = this.options;
    const settings = [
      `port=${this.port}`,
      'bind-address=127.0.0.1',
      `socket=${join(folder, 'socket')}`,
      // A server that starts deletes the temporary tables in this folder, also those of another one, which then crashes.
      `tmpdir=${folder}`,
      `pid-file=${join(folder, 'pid')}`,
      'max-connections=500',
      `server-id=${serverId}`,
      ...(this.options.durable ? durable : quick),
      ...(binlog ? ['log-bin=binlog', 'binlog-format=ROW'] : []),
      ...(readOnly ? ['read-only'] : []),
      // The replica of a test goes on by itself when its primary is back.
      'relay-log=relay',
      'slave-net-timeout=5',
      ...Object.entries(config).map(([name, value]) => `${name}=${value}`),
    ];
    await this.process.start({
      name: 'mariadbd',
      command: this.command,
      args: [...filesOf(this.datadir), ...settings.map((setting) => `--${setting}`)],
      answers: () => this.query('SELECT 1'),
    });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Connections stay open, and nothing answers until `resume`. */
  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  /** Becomes the replica of a server with a binary log and another id, and waits until it holds what that one holds now. */
  async replicate(from: MariaServer): Promise<void> {
    const source = {
      MASTER_HOST: `'127.0.0.1'`,
      MASTER_PORT: from.port,
      MASTER_USER: `'${replicaAccount.user}'`,
      MASTER_PASSWORD: `'${replicaAccount.password}'`,
      MASTER_USE_GTID: 'slave_pos',
      MASTER_CONNECT_RETRY: 1,
    };
    const terms = Object.entries(source).map(([name, value]) => `${name}=${value}`);
    await this.query(`CHANGE MASTER TO ${terms.join(', ')}`);
    await this.startReplication();
    await this.catchUp(from);
  }

  /** Takes in nothing from its primary any more; returns when that is so. */
  async stopReplication(): Promise<void> {
    await this.query('STOP SLAVE');
  }

  /** Goes on from where replication was stopped. */
  async startReplication(): Promise<void> {
    await this.query('START SLAVE');
  }

  /** Waits until this replica holds what its primary holds now. Throws with the state of the replication when it does not come. */
  async catchUp(from: MariaServer): Promise<void> {
    const [position] = await from.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
    const [waited] = await this.query<{ late: number }>(`SELECT MASTER_GTID_WAIT('${position?.gtid ?? ''}', ${catchUpSeconds}) AS late`);
    if (waited?.late === 0) return;
    const [status = {}] = await this.query('SHOW SLAVE STATUS');
    const { Last_IO_Error, Last_SQL_Error, Slave_IO_State } = status;
    throw new Error(`the replica does not catch up: ${JSON.stringify({ Last_IO_Error, Last_SQL_Error, Slave_IO_State })}`);
  }

  /** Ends, if it runs, and removes its folder. */
  remove(): Promise<void> {
    return this.process.remove();
  }

  private get datadir(): string {
    return join(this.process.folder, 'data');
  }
}
