import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { S3Server, type S3Kind, s3Kinds } from '@app/testing';
import { BlobUnavailable } from './blob-store';
import { blobStoreContract, type Lack } from './blob-store.contract';
import { S3BlobStore, type S3BlobStoreOptions } from './s3.blob-store';

const lacksOf: Readonly<Record<S3Kind, readonly Lack[]>> = {
  s3rver: ['whole bodies', 'whole objects', 'conditions', 'the first byte', 'signatures'],
  versitygw: ['whole bodies'],
  minio: [],
};
const mimeType = 'image/png';
const key = 'ready/abcdefgh';

/** A stream of so many bytes, made as they are asked for. */
function zeros(size: number, onBegin?: () => void): Readable {
  const piece = Buffer.alloc(65_536);
  return Readable.from(
    (function* () {
      onBegin?.();
      for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
    })(),
    { objectMode: false },
  );
}

/** Everything that can be asked of a store. */
const questions: Readonly<Record<string, (store: S3BlobStore) => Promise<unknown>>> = {
  write: (store) => store.write(key, zeros(100_000), { size: 100_000, mimeType }),
  'write nothing': (store) => store.write(key, zeros(0), { size: 0, mimeType }),
  read: (store) => store.read(key),
  'read a range': (store) => store.read(key, { start: 1 }),
  'read no range': (store) => store.read(key, { start: 1, end: 0 }),
  move: (store) => store.move(key, 'ready/moved123', 'etag'),
  delete: (store) => store.delete([key]),
};
const asked = Object.entries(questions);

/** How each question ends: with BlobUnavailable, or not as it should. */
async function outcomes(store: S3BlobStore): Promise<Record<string, unknown>> {
  const ends = asked.map(async ([name, ask]) => [
    name,
    await ask(store).then(
      () => 'answered',
      (error: Error) => error.constructor.name,
    ),
  ]);
  return Object.fromEntries(await Promise.all(ends)) as Record<string, unknown>;
}
const unavailable = Object.fromEntries(asked.map(([name]) => [name, BlobUnavailable.name]));

describe.each(s3Kinds)('%s', (kind) => {
  const itSigned = lacksOf[kind].includes('signatures') ? it.skip : it;
  let server: S3Server;
  let store: S3BlobStore;

  const start = (options: Partial<S3BlobStoreOptions> = {}) =>
    S3BlobStore.start({ prefix: 'im/', publicBaseUrl: '', ...server.settings, ...options });

  beforeAll(async () => {
    server = await S3Server.start(kind);
    store = start();
  });
  afterAll(async () => {
    await store?.close();
    await server?.remove();
  });

  const objects = async (): Promise<string[]> => {
    const { accessKeyId, secretAccessKey, bucket, ...rest } = server.settings;
    const client = new S3Client({ ...rest, credentials: { accessKeyId, secretAccessKey } });
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    client.destroy();
    return Contents.map(({ Key = '' }) => Key);
  };

  blobStoreContract(kind, () => ({ store, leftovers: objects }), lacksOf[kind]);

  describe('a signed PUT', () => {
    const body = Buffer.from('twelve bytes');
    const sign = (options = {}) => store.sign({ method: 'PUT', key, size: body.length, mimeType, expiresInSeconds: 60, ...options });
    const put = async (sent: Buffer, headers: Readonly<Record<string, string>>, url: string): Promise<number> => {
      const response = await fetch(url, { method: 'PUT', headers, body: sent });
      await response.arrayBuffer();
      return response.status;
    };
    const stored = async (): Promise<string | undefined> => {
      const reading = await store.read(key);
      return reading && (await buffer(reading.bytes)).toString();
    };

    afterEach(() => store.delete([key]));

    it('stores the bytes, by whoever has it', async () => {
      const before = Date.now();
      const { url, headers, expiresAt } = await sign();
      expect(await put(body, headers, url)).toBe(200);
      expect(await stored()).toBe('twelve bytes');
      expect(headers).toEqual({ 'content-type': mimeType });
      expect(expiresAt).toBeGreaterThanOrEqual(before + 60_000);
      expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    });

    itSigned.each<[string, (url: string) => [Buffer, Record<string, string>, string]]>([
      ['more bytes', (url) => [Buffer.concat([body, body]), { 'content-type': mimeType }, url]],
      ['fewer bytes', (url) => [body.subarray(1), { 'content-type': mimeType }, url]],
      ['another type', (url) => [body, { 'content-type': 'text/html' }, url]],
      ['no type', (url) => [body, {}, url]],
      ['another key', (url) => [body, { 'content-type': mimeType }, url.replace('abcdefgh', 'abcdefgi')]],
      ['another lifetime', (url) => [body, { 'content-type': mimeType }, url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61')]],
      ['a word more', (url) => [body, { 'content-type': mimeType }, `${url}&x-amz-acl=public-read`]],
    ])('is refused with %s', async (_, changed) => {
      const { url } = await sign();
      const [sent, headers, to] = changed(url);
      expect([400, 403]).toContain(await put(sent, headers, to));
      expect(await stored()).toBeUndefined();
    });
  });

  describe('a signed GET', () => {
    const disposition = "attachment; filename=a.png; filename*=UTF-8''%C3%A4.png";
    const sign = () => store.sign({ method: 'GET', key, mimeType, disposition, expiresInSeconds: 60 });

    beforeAll(() => store.write(key, Readable.from([Buffer.from('0123456789')]), { size: 10, mimeType: 'text/html' }));
    afterAll(() => store.delete([key]));

    it('gives the bytes with the headers that were signed, whatever the uploader said', async () => {
      const response = await fetch((await sign()).url, { headers: { range: 'bytes=2-4' } });
      expect(response.status).toBe(206);
      expect(await response.text()).toBe('234');
      expect(response.headers.get('content-type')).toBe(mimeType);
      expect(response.headers.get('content-disposition')).toBe(disposition);
    });

    itSigned.each([
      ['type', (url: string) => url.replace('image%2Fpng', 'text%2Fhtml')],
      ['disposition', (url: string) => url.replace('attachment', 'inline')],
      ['key', (url: string) => url.replace('abcdefgh', 'abcdefgi')],
    ])('is refused with another %s', async (_, changed) => {
      const { url } = await sign();
      expect(changed(url)).not.toBe(url);
      const response = await fetch(changed(url));
      await response.arrayBuffer();
      expect(response.status).toBe(403);
    });
  });

  it('signs for the address that clients know, and goes another way itself', async () => {
    const outside = server.settings.endpoint.replace('127.0.0.1', 'localhost');
    const two = start({ publicBaseUrl: outside });
    await questions.write?.(two);
    const { url } = await two.sign({ method: 'GET', key, mimeType, disposition: 'inline', expiresInSeconds: 60 });
    expect(url).toMatch(new RegExp(`^${outside}/parley/im/ready/abcdefgh\\?`));
    const response = await fetch(url);
    expect((await response.arrayBuffer()).byteLength).toBe(100_000);
    await two.delete([key]);
    await two.close();
  });

  it.each<[string, Partial<S3BlobStoreOptions>]>([
    ['a bucket that is not there', { bucket: 'elsewhere' }],
    ['a key that is unknown', { accessKeyId: 'nobody', secretAccessKey: 'nothing' }],
    ...(lacksOf[kind].includes('signatures')
      ? []
      : [['a secret that is wrong', { secretAccessKey: 'nothing' }] as [string, Partial<S3BlobStoreOptions>]]),
    ['an address where nobody listens', { endpoint: 'http://127.0.0.1:1' }],
    ['a name that nothing answers to', { endpoint: 'http://nowhere.invalid' }],
  ])('cannot serve with %s, which is told at the start', async (_, options) => {
    let wrong: S3BlobStore | undefined;
    const told = await new Promise((onTrouble) => (wrong = start({ ...options, onTrouble })));
    expect(told).toBeInstanceOf(BlobUnavailable);
    expect(await outcomes(wrong as S3BlobStore)).toEqual(unavailable);
    await wrong?.close();
  });

  describe('when the storage hangs', () => {
    const size = 30_000_000;
    const large = 'ready/large123';
    let hasty: S3BlobStore;

    beforeAll(async () => {
      hasty = start({ limits: { askMs: 2_000, idleMs: 2_000, copyMs: 2_000 } });
      await store.write(large, zeros(size), { size, mimeType });
    });
    afterEach(() => server.resume());
    afterAll(async () => {
      await hasty.close();
      await store.delete([large]);
    });

    it('every question ends', async () => {
      server.pause();
      expect(await outcomes(hasty)).toEqual(unavailable);
    });

    it('bytes that are on their way end', async () => {
      const reading = await hasty.read(large);
      server.pause();
      await expect(buffer(reading?.bytes as Readable)).rejects.toThrow(BlobUnavailable);
    });

    it('a write that has begun ends', async () => {
      const bytes = zeros(size * 10, () => server.pause());
      await expect(hasty.write('pending/hanging1', bytes, { size: size * 10, mimeType })).rejects.toThrow(BlobUnavailable);
    });

    it('nothing ends that waits for others: a reader that takes its time, a stream that brings nothing for a while', async () => {
      const reading = await hasty.read(large);
      const pausing = Readable.from(
        (async function* () {
          yield Buffer.alloc(100_000);
          await sleep(5_000);
          yield Buffer.alloc(100_000);
        })(),
        { objectMode: false },
      );
      await hasty.write('pending/pausing1', pausing, { size: 200_000, mimeType });
      expect((await buffer(reading?.bytes as Readable)).length).toBe(size);
      await hasty.delete(['pending/pausing1']);
    });
  });
});

describe('an S3 that', () => {
  const answering = async (status: number, body: string, use: (store: S3BlobStore, requests: string[]) => Promise<void>): Promise<void> => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.method ?? '');
      request.resume().once('close', () => response.writeHead(status, { 'content-type': 'application/xml' }).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const user = { accessKeyId: 'a', secretAccessKey: 'b' };
    const store = S3BlobStore.start({
      endpoint,
      region: 'r',
      bucket: 'parley',
      prefix: '',
      ...user,
      forcePathStyle: true,
      publicBaseUrl: '',
    });
    try {
      await use(store, requests);
    } finally {
      await store.close();
      server.closeAllConnections();
      server.close();
    }
  };
  const fault = (code: string) => `<Error><Code>${code}</Code><Message>no</Message></Error>`;

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [507, 'XMinioStorageFull'],
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
  ])('answers %d %s cannot serve', async (status, code) => {
    await answering(status, fault(code), async (store) => {
      expect(await outcomes(store)).toEqual(unavailable);
    });
  });

  it('is overloaded is asked three times, and a stream goes once', async () => {
    await answering(503, fault('SlowDown'), async (store, requests) => {
      await expect(store.read(key)).rejects.toThrow(BlobUnavailable);
      expect(requests.filter((method) => method === 'GET')).toHaveLength(3);
      await expect(questions.write?.(store)).rejects.toThrow(BlobUnavailable);
      expect(requests.filter((method) => method === 'PUT')).toHaveLength(1);
    });
  });
});

it('names the bucket before the host, as OSS and AWS want it, or in the path', async () => {
  const options = { region: 'oss-cn-hangzhou', bucket: 'parley', prefix: 'im/', accessKeyId: 'a', secretAccessKey: 'b', publicBaseUrl: '' };
  const urlOf = async (more: Partial<S3BlobStoreOptions>): Promise<string> => {
    const store = S3BlobStore.start({ ...options, endpoint: 'https://s3.oss-cn-hangzhou.aliyuncs.com', forcePathStyle: false, ...more });
    const { url } = await store.sign({ method: 'PUT', key, size: 1, mimeType, expiresInSeconds: 60 });
    await store.close();
    return url.slice(0, url.indexOf('?'));
  };
  expect(await urlOf({})).toBe('https://parley.s3.oss-cn-hangzhou.aliyuncs.com/im/ready/abcdefgh');
  expect(await urlOf({ endpoint: '', region: 'eu-central-1' })).toBe('https://parley.s3.eu-central-1.amazonaws.com/im/ready/abcdefgh');
  expect(await urlOf({ endpoint: 'http://minio:9000', forcePathStyle: true })).toBe('http://minio:9000/parley/im/ready/abcdefgh');
  const behind = { endpoint: 'http://minio:9000', forcePathStyle: true, publicBaseUrl: 'https://files.example.com' };
  expect(await urlOf(behind)).toBe('https://files.example.com/parley/im/ready/abcdefgh');
});
