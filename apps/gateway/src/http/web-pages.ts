import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A page and the path that all of it is under. */
export type Page = 'app' | 'ui';

/** The folder with the built pages: `dist/web`, next to this file or in a folder around it; undefined where they were not built. */
export function webFolder(from = __dirname): string | undefined {
  const folder = join(from, 'dist/web');
  if (existsSync(join(folder, 'app/index.html'))) return folder;
  const around = dirname(from);
  return around === from ? undefined : webFolder(around);
}

/** How a file of the pages is served. */
export interface Served {
  /** Relative to the folder of the pages. */
  readonly file: string;
  readonly cacheControl: string;
}

const unchanging = 'public, max-age=31536000, immutable';
const askAgain = 'no-cache';

/**
 * What is served under a page for a path below it (`''` for the page itself). The name of an asset tells its content, so it never changes;
 * a path that names no file is a place within the page.
 */
export function servedAt(page: Page, path: string): Served {
  if (/^assets\/\w[\w.-]*$/.test(path)) return { file: `${page}/${path}`, cacheControl: unchanging };
  if (/^[\w-]+(\.[\w-]+)+$/.test(path)) return { file: `${page}/${path}`, cacheControl: askAgain };
  return { file: `${page}/index.html`, cacheControl: askAgain };
}

/**
 * What a page may do: run the scripts that were built with it, and none that come as text; talk to this server, and fetch files from
 * where they are stored.
 */
export function contentSecurityPolicy(storageOrigins: readonly string[]): string {
  const files = ["'self'", ...storageOrigins].join(' ');
  const rules: Readonly<Record<string, string>> = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'font-src': "'self'",
    'manifest-src': "'self'",
    'worker-src': "'self'",
    'connect-src': files,
    // Pictures of users may be anywhere (`avatarUrl`); what is about to be uploaded is shown from memory.
    'img-src': `${files} https: data: blob:`,
    'media-src': `${files} blob:`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': 'parley',
  };
  return Object.entries(rules)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
