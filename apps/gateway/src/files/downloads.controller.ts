import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ImError } from '@app/protocol';
import type { Caller } from '../caller';
import { expectReader } from '../raw-body';
import { type ApiRequest, Asker, Input, Route, type RouteInput, type RouteOutput } from '../route';
import { DownloadsService } from './downloads.service';
import { Links } from './links';

/** Routes by which files are read. */
@Controller()
export class DownloadsController {
  constructor(
    private readonly downloads: DownloadsService,
    private readonly links: Links,
  ) {}

  @Route('fileLinks')
  fileLinks(@Asker() caller: Caller, @Input() { body }: RouteInput<'fileLinks'>): Promise<RouteOutput<'fileLinks'>> {
    return this.downloads.links(caller, body.fileIds);
  }

  @Route('file')
  file(@Asker() caller: Caller, @Input() { params }: RouteInput<'file'>): Promise<RouteOutput<'file'>> {
    return this.downloads.about(caller, params.id);
  }

  @Route('downloadFile')
  async downloadFile(
    @Input() { params, query }: RouteInput<'downloadFile'>,
    @Req() request: ApiRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const userId = request.caller?.userId ?? (await this.links.bearerOf(params.id, query));
    const { status, headers, bytes } = await this.downloads.open(userId, params.id, request.method, request.headers);
    void reply.status(status).headers(headers);
    expectReader(reply);
    if (status === 416) void reply.send(new ImError('BAD_REQUEST', 'the range begins behind the last byte').toBody());
    else void reply.send(bytes);
  }
}
