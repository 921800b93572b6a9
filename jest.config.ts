/** @jest-config-loader-options {"transpileOnly": true, "compilerOptions": {"module": "CommonJS", "moduleResolution": "bundler"}} */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from 'jest';

// Newer Node.js takes this file for an ES module, which has no __dirname; npm runs it in this folder.
const root = typeof __dirname === 'undefined' ? process.cwd() : __dirname;
const modules = join(root, 'node_modules');

/** Installed packages that are ES modules: Jest on Node 20 cannot `require()` them, so SWC turns them into CommonJS. */
function esModulePackages(folder = modules): string[] {
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((sub) => `${name}/${sub}`) : [name],
  );
  return names.filter((name) => {
    try {
      return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { type?: string }).type === 'module';
    } catch {
      return false;
    }
  });
}

/** CommonJS packages that load an ES module by `import()`, or one of their own, which needs the same treatment. */
const importingPackages = ['@fastify/cookie', '@fastify/static', ...esModulePackages(join(modules, '@fastify/static/node_modules'))];

const shared: Config = {
  rootDir: root,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  moduleNameMapper: { '^@app/([^/]+)$': '<rootDir>/libs/$1/src/index.ts' },
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${[...esModulePackages(), ...importingPackages].join('|')})/)`],
};

/** Projects whose tests talk to real servers: one MariaDB and one Redis for the whole run, started only when such tests run. */
const withServices: Config = {
  ...shared,
  globalSetup: '<rootDir>/libs/testing/src/services/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/services/global-teardown.ts',
};

/** The same and a Kafka. */
const withKafka: Config = {
  ...shared,
  globalSetup: '<rootDir>/libs/testing/src/services/kafka-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/services/kafka-teardown.ts',
};

/** What every store must keep, and what it is for: the same files run on each. */
const storageTests = [
  'stores',
  'positions',
  'conversation-log',
  'conversation-log.property',
  'file-uses',
  'unread.property',
  'writes',
  'epoch',
  'outbox',
  'presence',
  'seeding',
  'favorites',
  'files',
].map((name) => `<rootDir>/libs/storage/src/${name}.spec.ts`);
const hubTests = ['hub', 'hub.property', 'hub.shared'].map((name) => `<rootDir>/apps/gateway/src/hub/${name}.spec.ts`);
const ending = (name: string): string[] => [`<rootDir>/libs/*/src/**/*.${name}.ts`, `<rootDir>/apps/*/src/**/*.${name}.ts`];

const tidb: Config = { ...withServices, displayName: 'tidb', globals: { parleyStore: 'tidb' }, testMatch: storageTests };

/** Needs a Docker engine and port 8080: `npm run test:deploy`. */
const deploy: Config = { ...shared, displayName: 'deploy', testMatch: ['<rootDir>/test/deploy/*.spec.ts'] };

/** In a real browser: `npm run test:web`. */
const web: Config = {
  ...shared,
  displayName: 'web',
  globalSetup: '<rootDir>/test/web/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/services/global-teardown.ts',
  testMatch: ['<rootDir>/test/web/*.spec.ts'],
};

const config: Config = {
  rootDir: root,
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/sequencer.cjs',
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      setupFiles: ['<rootDir>/libs/testing/src/property-runs.ts'],
      testMatch: ['<rootDir>/libs/*/src/**/*.spec.ts', '<rootDir>/apps/*/src/**/*.spec.ts', '<rootDir>/bench/**/*.spec.ts'],
    },
    { ...shared, displayName: 'e2e', testMatch: ending('e2e-spec') },
    {
      ...withServices,
      displayName: 'mysql',
      globals: { parleyStore: 'mysql' },
      testMatch: [...storageTests, ...hubTests, ...ending('mysql-spec'), '<rootDir>/apps/*/src/**/*.e2e-spec.ts'],
    },
    { ...withServices, displayName: 'redis', testMatch: ending('redis-spec') },
    { ...withKafka, displayName: 'kafka', testMatch: ending('kafka-spec') },
    ...(process.env.TEST_TIDB_URL ? [tidb] : []),
    { ...shared, displayName: 'proof', testMatch: ['<rootDir>/test/*.spec.ts'] },
    ...(process.env.TEST_WEB ? [web] : []),
    ...(process.env.TEST_DEPLOY ? [deploy] : []),
  ],
};

export default config;
