import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ImError, fileRequestSchema } from '@app/protocol';
import type { Caller } from '../caller';
import { type ApiRequest, Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { FilesService } from './files.service';
import { Forms } from './forms';
import { Uploads } from './uploads';

/** REST routes on files, but for reading them. */
@Controller()
export class FilesController {
  constructor(
    private readonly files: FilesService,
    private readonly forms: Forms,
    private readonly uploads: Uploads,
  ) {}

  @Route('createFile')
  createFile(@Asker() caller: Caller, @Input() { body }: RouteInput<'createFile'>): Promise<RouteOutput<'createFile'>> {
    return this.files.create(caller, body);
  }

  @Route('files')
  list(@Asker() caller: Caller, @Input() { query }: RouteInput<'files'>): Promise<RouteOutput<'files'>> {
    return this.files.list(caller, query);
  }

  @Route('uploadFile')
  async uploadFile(
    @Asker() caller: Caller,
    @Req() request: ApiRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RouteOutput<'uploadFile'>> {
    return this.forms.read(request, reply, (form) => {
      const { name, mimeType, size, fields } = form;
      const { success, data, error } = fileRequestSchema.safeParse({ name, mimeType, size, convId: fields.convId });
      if (success) return this.files.upload(caller, data, form);
      const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
      throw new ImError('BAD_REQUEST', 'the form is not valid', { issues });
    });
  }

  @Route('fileCallback')
  fileCallback(@Input() { body }: RouteInput<'fileCallback'>): Promise<RouteOutput<'fileCallback'>> {
    return this.files.callback(body);
  }

  @Route('completeFile')
  completeFile(@Asker() caller: Caller, @Input() { params }: RouteInput<'completeFile'>): Promise<RouteOutput<'completeFile'>> {
    return this.files.complete(caller, params.id);
  }

  @Route('deleteFile')
  async deleteFile(@Asker() caller: Caller, @Input() { params }: RouteInput<'deleteFile'>): Promise<RouteOutput<'deleteFile'>> {
    await this.files.delete(caller, params.id);
    return {};
  }

  @Route('putContent')
  async putContent(
    @Input() { params, query }: RouteInput<'putContent'>,
    @Req() request: ApiRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RouteOutput<'putContent'>> {
    await this.uploads.put(params.id, query, request, reply);
    return {};
  }
}
