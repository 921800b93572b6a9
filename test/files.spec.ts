import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { File } from '@app/protocol';
import { type Begun, MariaServer, type Person, RedisServer, S3Server, smallPng } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { NginxServer } from './nginx-server';
import { GatewayProcess } from './process';

const callbackSecret = 'Zx8vQ2mTr5kLw9pB';
const gatewayCount = 3;
const patienceMs = 120_000;

/** Where the bytes are kept: the environment that says so, and how to be rid of it. */
interface Storage {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void> | void;
}

function folder(): Storage {
  const path = mkdtempSync(join(tmpdir(), 'parley-shared-'));
  return {
    env: { DATA_DIR: path, OBJECT_STORAGE_SHARED_FOLDER: 'true' },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

async function bucket(): Promise<Storage> {
  const server = await S3Server.start();
  const { endpoint, region, bucket: name, accessKeyId, secretAccessKey } = server.settings;
  const env = {
    OBJECT_STORAGE_ENDPOINT: endpoint,
    OBJECT_STORAGE_REGION: region,
    OBJECT_STORAGE_BUCKET: name,
    OBJECT_STORAGE_ACCESS_KEY_ID: accessKeyId,
    OBJECT_STORAGE_SECRET_ACCESS_KEY: secretAccessKey,
    OBJECT_STORAGE_FORCE_PATH_STYLE: 'true',
  };
  return { env, remove: () => server.remove() };
}

/** What a person gets of an address, redirects followed. */
interface Got {
  readonly status: number;
  readonly bytes: Buffer;
  readonly type: string | null;
}

async function get(url: string, headers: Record<string, string>): Promise<Got> {
  const response = await fetch(url, { headers });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type') };
}

const as = ({ token }: Person) => ({ authorization: `Bearer ${token}` });

beforeAll(build, buildPatienceMs);

describe.each([
  ['a folder that all see', folder],
  ['a bucket', bucket],
])('a file of three gateways behind Nginx, in %s,', (_, open) => {
  let storage: Storage;
  let maria: MariaServer;
  let redis: RedisServer;
  let gateways: GatewayProcess[] = [];
  let nginx: NginxServer;

  beforeAll(async () => {
    [storage, maria, redis] = await Promise.all([open(), MariaServer.start(), RedisServer.start()]);
    const env = {
      DATABASE_URL: await maria.database(),
      REDIS_URL: redis.url,
      OBJECT_STORAGE_CALLBACK_SECRET: callbackSecret,
      ...storage.env,
    };
    gateways = await Promise.all(Array.from({ length: gatewayCount }, () => GatewayProcess.start({ env })));
    nginx = await NginxServer.start({ gateways: gateways.map(({ port }) => port) });
  }, patienceMs);
  afterAll(async () => {
    await Promise.allSettled([nginx?.remove(), ...gateways.map((gateway) => gateway.remove())]);
    await Promise.allSettled([storage?.remove(), redis?.remove(), maria?.remove()]);
  }, patienceMs);

  const gatewayAt = (at: number) => gateways[at] as GatewayProcess;
  const through = (path: string) => `http://127.0.0.1:${nginx.port}${path}`;

  /** Declares a file at one gateway, puts the bytes where it says through Nginx, and lets the storage report it to another one. */
  async function upload(person: Person, bytes: Buffer): Promise<string> {
    const declared = { name: 'a.png', size: bytes.length, mimeType: 'image/png' };
    const { body } = await gatewayAt(0).request<Begun>('POST', '/api/files', declared, person);
    const put = await fetch(new URL(body.upload.url, through('/')), { method: 'PUT', headers: body.upload.headers, body: bytes });
    expect(put.status).toBeLessThan(300);
    const timestamp = Date.now();
    const signature = createHmac('sha256', callbackSecret).update(`${timestamp}\n${body.fileId}`).digest('hex');
    const reported = await gatewayAt(1).request('POST', '/api/files/callback', { fileId: body.fileId, timestamp, signature });
    expect([reported.status, reported.body]).toEqual([200, { fileId: body.fileId, state: 'ready' }]);
    return body.fileId;
  }

  const send = async (groupId: string, fileId: string, from: Person): Promise<number> => {
    const message = { groupId, type: 'image', payload: { fileId }, clientMsgId: fileId };
    return (await gatewayAt(1).request<{ seq: number }>('POST', '/api/messages', message, from)).body.seq;
  };

  /** How each gateway, and Nginx before them all, answers somebody who wants the file. */
  const answers = (fileId: string, person: Person) =>
    Promise.all(
      [...gateways.map(({ http }) => `${http}/files/${fileId}`), through(`/files/${fileId}`)].map(
        async (url) => (await get(url, as(person))).status,
      ),
    );
  const everywhere = (status: number) => Array.from({ length: gatewayCount + 1 }, () => status);

  it(
    'is uploaded at one, reported to another and read at each by members alone, until it is taken back',
    async () => {
      const [ada, bob, cem, eve] = await Promise.all(['ada', 'bob', 'cem', 'eve'].map((name) => gatewayAt(0).person(name)));
      if (!ada || !bob || !cem || !eve) throw new Error('nobody is there');
      const groupId = await gatewayAt(0).group(ada, [bob, cem]);
      const bytes = Buffer.concat([smallPng, Buffer.alloc(300_000, 7)]);
      const fileId = await upload(ada, bytes);
      expect(await answers(fileId, bob)).toEqual(everywhere(404));

      const seq = await send(groupId, fileId, ada);
      expect(await answers(fileId, ada)).toEqual(everywhere(200));
      expect(await answers(fileId, bob)).toEqual(everywhere(200));
      expect(await answers(fileId, eve)).toEqual(everywhere(404));
      expect(await get(`${gatewayAt(2).http}/files/${fileId}`, as(bob))).toEqual({ status: 200, bytes, type: 'image/png' });
      const part = await get(through(`/files/${fileId}`), { ...as(bob), range: 'bytes=20-29' });
      expect([part.status, part.bytes]).toEqual([206, bytes.subarray(20, 30)]);

      // A link of one gateway is good at the others, without a token.
      const { body } = await gatewayAt(0).request<{ links: { url: string }[] }>('POST', '/api/files/links', { fileIds: [fileId] }, cem);
      const [link] = body.links.map(({ url }) => url) as [string];
      expect((await get(new URL(link, gatewayAt(2).http).href, {})).bytes).toEqual(bytes);

      await gatewayAt(1).request('DELETE', `/api/groups/${groupId}/members/${cem.id}`, undefined, ada);
      expect(await answers(fileId, cem)).toEqual(everywhere(404));
      expect((await get(new URL(link, gatewayAt(2).http).href, {})).status).toBe(404);
      expect(await answers(fileId, bob)).toEqual(everywhere(200));

      await gatewayAt(2).request('POST', '/api/messages/recall', { groupId, seq }, ada);
      expect(await answers(fileId, bob)).toEqual(everywhere(404));
      const { body: own } = await gatewayAt(1).request<File>('GET', `/api/files/${fileId}`, undefined, ada);
      expect(own).toMatchObject({ fileId, state: 'ready', size: bytes.length, width: 3, height: 5 });
    },
    patienceMs,
  );
});
