import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { type Plugin, type Rolldown, defineConfig } from 'vite';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Writes each text beside itself in two compressions, so that the gateway has nothing to compress. */
const compressed = (): Plugin => ({
  name: 'compressed',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (!/\.(js|css|json|svg)$/.test(file.fileName) || source.length < 1_024) continue;
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: source.length };
        this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: brotliCompressSync(source, { params }) });
        this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) });
      }
    },
  },
});

type Modules = Rolldown.ChunkingContext;
type Page = 'app' | 'ui';

/** The modules that a page begins with, which its first one imports and so on; `all`: and those that it asks for later. */
function modulesOf(page: Page, modules: Modules, all: boolean): ReadonlySet<string> {
  const found = new Set([path(`src/${page}/main.tsx`)]);
  for (const id of found) {
    const info = modules.getModuleInfo(id);
    for (const next of info?.importedIds ?? []) found.add(next);
    if (all) for (const next of info?.dynamicallyImportedIds ?? []) found.add(next);
  }
  return found;
}

/** The modules that one page begins with and the other never needs, and those that both begin with. */
function starts(modules: Modules): Readonly<Record<string, (id: string) => boolean>> {
  const [app, ui] = [modulesOf('app', modules, false), modulesOf('ui', modules, false)];
  const [allOfApp, allOfUi] = [modulesOf('app', modules, true), modulesOf('ui', modules, true)];
  return {
    start: (id) => app.has(id) && ui.has(id),
    'app-start': (id) => app.has(id) && !allOfUi.has(id),
    // What the app asks for later must not bring the console with it.
    'ui-start': (id) => ui.has(id) && !allOfApp.has(id),
  };
}

const known = new WeakMap<Modules, ReturnType<typeof starts>>();

/** The file that a module goes to which a page begins with; all else is split by itself. */
function startFileOf(id: string, modules: Modules): string | null {
  const files = known.get(modules) ?? starts(modules);
  known.set(modules, files);
  return Object.keys(files).find((file) => files[file]!(id)) ?? null;
}

/** The pages /app and /ui, built into `dist/web`, or into the folder that WEB_OUT names. */
export default defineConfig({
  root: path('.'),
  appType: 'mpa',
  plugins: [compressed()],
  resolve: { alias: { '@app/sdk': path('../../libs/sdk/src/index.ts') } },
  build: {
    outDir: process.env.WEB_OUT ?? path('../../dist/web'),
    emptyOutDir: true,
    // Below /app, which every proxy in front lets through already.
    assetsDir: 'app/assets',
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Inlined files would need a policy that allows `data:`.
    assetsInlineLimit: 0,
    // The emoji of a language with their names; loaded with the picker alone.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      input: { app: path('app/index.html'), ui: path('ui/index.html') },
      // Libraries say what is for servers and what for browsers; here is only the browser.
      checks: { moduleLevelDirective: false, bundlerTimings: false },
      output: {
        codeSplitting: {
          groups: [
            // What both pages begin with; it changes less often than they do.
            {
              name: 'libraries',
              test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|zustand|use-sync-external-store)\//,
            },
            // Many small files are packed worse than one.
            { name: startFileOf, debugName: 'starts', tags: ['$initial'], includeDependenciesRecursively: false },
            // Otherwise each icon that parts have in common would be a file of its own.
            { name: 'icons', test: /node_modules\/lucide-react\//, minShareCount: 3 },
          ],
        },
      },
    },
  },
  // For work on the pages: `npm start` beside it.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/files', '/metrics', '/healthz', '/readyz', '/ws'].map((at) => [at, { target: 'http://127.0.0.1:8080', ws: at === '/ws' }]),
    ),
  },
});
