import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './free-port';
import { findProgram } from './installed';
import { ServerProcess } from './server-process';

/** How to run what speaks S3. */
interface Kind {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The program, where it is on this machine. */
  find(): string | undefined;
  args(command: string, folder: string, port: number): readonly string[];
}

const user = { accessKeyId: 'parley', secretAccessKey: 'parley-secret' };
const kinds = {
  s3rver: {
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    find: () => require.resolve('s3rver/bin/s3rver.js'),
    args: (command, folder, port) => ['node', command, '-d', folder, '-a', '127.0.0.1', '-p', `${port}`, '--no-vhost-buckets', '--silent'],
  },
  versitygw: {
    ...user,
    find: () => findProgram(['versitygw']),
    args: (command, folder, port) => [
      command,
      '-a',
      user.accessKeyId,
      '-s',
      user.secretAccessKey,
      '-p',
      `127.0.0.1:${port}`,
      'posix',
      folder,
    ],
  },
  minio: {
    ...user,
    find: () => findProgram(['minio']),
    args: (command, folder, port) => [
      `MINIO_ROOT_USER=${user.accessKeyId}`,
      `MINIO_ROOT_PASSWORD=${user.secretAccessKey}`,
      ...[command, 'server', '--address', `127.0.0.1:${port}`, folder],
    ],
  },
} satisfies Record<string, Kind>;

/** What speaks S3: `s3rver` is always there, the others where they are installed. */
export type S3Kind = keyof typeof kinds;

/** The kinds that this machine has. */
export const s3Kinds = (Object.keys(kinds) as S3Kind[]).filter((kind) => kinds[kind].find() !== undefined);

/** A storage of a test, alone on a port of 127.0.0.1, with an empty bucket. What it held is gone when it is removed. */
export class S3Server {
  private constructor(
    private readonly process: ServerProcess,
    readonly kind: S3Kind,
    private readonly port: number,
  ) {}

  static async start(kind: S3Kind = 's3rver'): Promise<S3Server> {
    const server = new S3Server(new ServerProcess(kind), kind, await freePort());
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** The keys `objectStorage.*` of the configuration that lead here. */
  get settings() {
    const { accessKeyId, secretAccessKey } = kinds[this.kind];
    const endpoint = `http://127.0.0.1:${this.port}`;
    return { endpoint, region: 'us-east-1', bucket: 'parley', accessKeyId, secretAccessKey, forcePathStyle: true };
  }

  /** The folder that the server keeps everything in. */
  get folder(): string {
    return this.process.folder;
  }

  /** Starts again after an end, on the same port, with what it held. */
  async start(): Promise<void> {
    const kind: Kind = kinds[this.kind];
    const args = kind.args(kind.find() ?? '', this.process.folder, this.port);
    await this.process.start({ name: this.kind, command: 'env', args, answers: () => this.makeBucket() });
  }

  /** Ends at once, as in a crash. */
  kill(): Promise<void> {
    return this.process.end('SIGKILL');
  }

  /** Connections stay open, and nothing answers until `resume`. */
  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  /** Ends, if it runs, and removes its folder. */
  remove(): Promise<void> {
    return this.process.remove();
  }

  private async makeBucket(): Promise<void> {
    const { bucket: Bucket, accessKeyId, secretAccessKey, ...rest } = this.settings;
    const client = new S3Client({ ...rest, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
    try {
      await client.send(new CreateBucketCommand({ Bucket }));
    } catch (error) {
      if (!/^Bucket(AlreadyExists|AlreadyOwnedByYou)$/.test((error as Error).name)) throw error;
    } finally {
      client.destroy();
    }
  }
}
