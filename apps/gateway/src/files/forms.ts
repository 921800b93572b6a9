import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Config } from '@app/config';
import { ImError } from '@app/protocol';
import { CONFIG } from '../infra/config';
import { dropRest, takeBody } from '../raw-body';
import type { ApiRequest } from '../route';

/** A file that came in a form. Its bytes are in a temporary file. */
export interface FormFile {
  readonly path: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  /** What else the form says, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Forms that one gateway reads at once: as many temporary files it has at most. */
const formsAtOnce = 8;
/** And of one user: forms may come slowly, and it takes four users to be in the way of all others. */
const formsOfOne = 2;
/** Bytes of a form that are not of its file, about. */
const frameBytes = 16_384;

/** Reads forms (`multipart/form-data`) with one file, named `file`, which goes to the disk as it comes: a form does not tell its length. */
@Injectable()
export class Forms {
  /** Whose forms are being read. */
  private readonly running: string[] = [];

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /**
   * Reads a form and hands its file to `work`; the temporary file is gone when this ends. Throws `BAD_REQUEST`, `TOO_LARGE`, and
   * `UNAVAILABLE` while there are too many, of all or of the caller.
   */
  async read<T>(request: ApiRequest, reply: FastifyReply, work: (form: FormFile) => Promise<T>): Promise<T> {
    const userId = request.caller?.userId ?? '';
    try {
      if (!request.isMultipart()) throw new ImError('BAD_REQUEST', 'expected multipart/form-data');
      if (Number(request.headers['content-length'] ?? 0) > this.maxBytes + frameBytes) throw this.tooLarge();
      const own = this.running.filter((id) => id === userId).length;
      if (this.running.length >= formsAtOnce || own >= formsOfOne) throw new ImError('UNAVAILABLE', 'too many uploads at once, try again');
    } catch (error) {
      dropRest(request.raw);
      throw error;
    }
    this.running.push(userId);
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(tmpdir(), 'parley-form-'));
      const path = join(folder, 'file');
      return await work(await takeBody(request, reply, () => this.spool(request, path), { isOurs: isDisk }));
    } catch (error) {
      if (!isDisk(error)) throw error;
      throw Object.assign(new ImError('UNAVAILABLE', 'there is no room for this at the moment'), { cause: error });
    } finally {
      this.running.splice(this.running.indexOf(userId), 1);
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }

  private get maxBytes(): number {
    return Math.min(this.config.files.maxUploadBytes, this.config.files.maxBytes);
  }

  private async spool(request: ApiRequest, path: string): Promise<FormFile> {
    const fields: Record<string, unknown> = {};
    let found: Omit<FormFile, 'fields'> | undefined;
    const limits = { files: 1, fields: 8, parts: 9, fieldSize: 1_024, headerPairs: 32, fileSize: this.maxBytes };
    try {
      for await (const part of request.parts({ limits, preservePath: true })) {
        if (part.type === 'field') fields[part.fieldname] = part.value;
        else if (part.fieldname !== 'file') throw new ImError('BAD_REQUEST', 'expected the file under the name `file`');
        else {
          const sink = createWriteStream(path, { flags: 'wx' });
          await pipeline(part.file, sink);
          // What is too much is left out, and nobody throws.
          if (part.file.truncated) throw this.tooLarge();
          found = { path, name: nameOf(part), mimeType: part.mimetype, size: sink.bytesWritten };
        }
      }
    } catch (error) {
      const { code, statusCode } = error as { code?: string; statusCode?: number };
      if (error instanceof ImError || isDisk(error)) throw error;
      const tooMuch = statusCode === 413 && code !== 'FST_FILES_LIMIT';
      throw new ImError(tooMuch ? 'TOO_LARGE' : 'BAD_REQUEST', 'this is no form with one file');
    }
    if (!found) throw new ImError('BAD_REQUEST', 'the form has no file', { issues: [{ path: 'file', message: 'expected a file' }] });
    return { ...found, fields };
  }

  private tooLarge(): ImError {
    return new ImError('TOO_LARGE', `a file in a form has at most ${this.maxBytes} bytes`);
  }
}

/** Browsers write these three characters of a name so, and no others, `%` among them. A form may come without a name, whatever its type says. */
const escaped: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };
const nameOf = ({ filename }: { filename?: string }): string => (filename ?? '').replace(/%(22|0D|0A)/g, (mark) => escaped[mark] ?? mark);

/** Whether the disk of this machine said so. */
const isDisk = (error: unknown): boolean => {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code !== undefined && ['open', 'write', 'mkdtemp', 'close'].includes(syscall ?? '');
};
