import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { type Plugin, defineConfig } from 'vite';

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
      checks: { moduleLevelDirective: false },
      output: {
        codeSplitting: {
          groups: [
            // What both pages begin with; it changes less often than they do.
            {
              name: 'libraries',
              test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|zustand|use-sync-external-store)\//,
            },
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
