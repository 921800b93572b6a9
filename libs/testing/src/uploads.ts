import type { File } from '@app/protocol';
import type { Answer, Person, World } from './world';

/** Where a new file wants its bytes. */
export interface Begun {
  readonly fileId: string;
  readonly upload: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** A picture of 3 × 5 pixels, as far as its header goes. */
export const smallPng = Buffer.from('89504e470d0a1a0a0000000d4948445200000003000000050806000000a5cb5fcd', 'hex');

/** What somebody says of bytes. */
export interface Declared {
  readonly name?: string;
  readonly mimeType?: string;
  readonly size?: number;
}

/** Begins to upload bytes, and answers what the server says. */
export function askUpload(world: World, person: Person, bytes: Uint8Array, declared: Declared = {}): Promise<Answer<Begun>> {
  return world.post('/api/files', { name: 'a.png', size: bytes.length, mimeType: 'image/png', ...declared }, person);
}

/** Begins to upload bytes. Throws when the server does not want them. */
export async function beginUpload(world: World, person: Person, bytes: Uint8Array, declared: Declared = {}): Promise<Begun> {
  const { status, body } = await askUpload(world, person, bytes, declared);
  if (status !== 201) throw new Error(`the upload was refused: ${JSON.stringify(body)}`);
  return body;
}

/** Puts bytes where a new file wants them, at the storage or at the gateway. */
export function putBytes(
  world: World,
  { upload }: Pick<Begun, 'upload'>,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(new URL(upload.url, world.http), { method: 'PUT', headers: { ...upload.headers, ...headers }, body: bytes });
}

/** Uploads bytes and answers the ready file. Throws when the server does not take them. */
export async function uploadFile(world: World, person: Person, bytes: Uint8Array = smallPng, declared: Declared = {}): Promise<File> {
  const begun = await beginUpload(world, person, bytes, declared);
  const put = await putBytes(world, begun, bytes);
  if (!put.ok) throw new Error(`the bytes were refused: ${await put.text()}`);
  const { status, body } = await world.post<File>(`/api/files/${begun.fileId}/complete`, undefined, person);
  if (status !== 200) throw new Error(`the file was refused: ${JSON.stringify(body)}`);
  return body;
}
