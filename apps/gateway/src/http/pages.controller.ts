import { Controller, Get, Header, Redirect } from '@nestjs/common';
import { asyncApiDocument, openApiDocument } from '@app/protocol';

const page = (title: string, text: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<p>${text}</p>
<ul>
<li><a href="/app">/app</a>: the chat app</li>
<li><a href="/ui">/ui</a>: the developer's console</li>
<li><a href="/api/docs">/api/docs</a>: the REST API (OpenAPI)</li>
<li><a href="/api/asyncapi">/api/asyncapi</a>: the WebSocket protocol (AsyncAPI)</li>
<li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>: health</li>
</ul>
</body>
</html>
`;

const html = 'text/html; charset=utf-8';
const policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The pages for people, and the documents that describe the API. */
@Controller()
export class PagesController {
  private readonly openApiText = openApiDocument();
  private readonly asyncApiText = asyncApiDocument();

  @Get()
  @Redirect('/app', 302)
  root(): void {
    return;
  }

  @Get('app')
  @Header('content-type', html)
  @Header('content-security-policy', policy)
  app(): string {
    return page('Parley', 'The server is running. The chat app is not part of this version yet; clients connect to <code>/ws</code>.');
  }

  @Get('ui')
  @Header('content-type', html)
  @Header('content-security-policy', policy)
  ui(): string {
    return page(
      'Parley console',
      "The developer's console is not part of this version yet; the protocol is described by the documents below.",
    );
  }

  @Get('api/docs')
  openApi(): object {
    return this.openApiText;
  }

  @Get('api/asyncapi')
  asyncApi(): object {
    return this.asyncApiText;
  }
}
