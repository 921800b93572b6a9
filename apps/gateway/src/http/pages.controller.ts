import { Controller, Get, Inject, Param, Redirect, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { BlobStore } from '@app/blobs';
import { asyncApiDocument, openApiDocument } from '@app/protocol';
import { BLOBS } from '../infra/infra.module';
import { type Page, contentSecurityPolicy, servedAt, webFolder } from './web-pages';

const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Parley</title></head>
<body>
<h1>Parley</h1>
<p>The server is running. Its pages are not built: <code>npm run build:web</code> builds them, <code>npm start</code> and <code>npm run build</code> do too.</p>
</body>
</html>
`;

/** The pages for people, and the documents that describe the API. */
@Controller()
export class PagesController {
  private readonly openApiText = openApiDocument();
  private readonly asyncApiText = asyncApiDocument();
  private readonly folder = webFolder();
  private policy: Promise<string> | undefined;

  constructor(@Inject(BLOBS) private readonly blobs: BlobStore) {}

  @Get()
  @Redirect('/app', 302)
  root(): void {
    return;
  }

  @Get('app')
  app(@Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, 'app', '');
  }

  @Get('app/*')
  withinApp(@Res() reply: FastifyReply, @Param('*') path: string): Promise<void> {
    return this.send(reply, 'app', path);
  }

  @Get('ui')
  ui(@Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, 'ui', '');
  }

  @Get('ui/*')
  withinUi(@Res() reply: FastifyReply, @Param('*') path: string): Promise<void> {
    return this.send(reply, 'ui', path);
  }

  @Get('api/docs')
  openApi(): object {
    return this.openApiText;
  }

  @Get('api/asyncapi')
  asyncApi(): object {
    return this.asyncApiText;
  }

  private async send(reply: FastifyReply, page: Page, path: string): Promise<void> {
    this.policy ??= this.policyNow();
    void reply.headers({
      'content-security-policy': await this.policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      // The service worker is one level below what it is for.
      'service-worker-allowed': '/app',
    });
    if (this.folder === undefined) return void reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(notBuilt);
    const { file, cacheControl } = servedAt(page, path);
    void reply.header('cache-control', cacheControl).sendFile(file, this.folder);
  }

  /** Uploads and downloads may go straight to a storage of another origin. */
  private async policyNow(): Promise<string> {
    const key = 'ready/0000';
    const put = { method: 'PUT', key, size: 1, mimeType: 'text/plain', expiresInSeconds: 60 } as const;
    const get = { method: 'GET', key, mimeType: 'text/plain', disposition: 'attachment', expiresInSeconds: 60 } as const;
    const signed = await Promise.all([this.blobs.sign(put), this.blobs.sign(get)]);
    const origins = signed.flatMap((at) => (at ? [new URL(at.url).origin] : []));
    return contentSecurityPolicy([...new Set(origins)]);
  }
}
