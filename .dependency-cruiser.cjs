'use strict';
// The floors of the house: code imports only from rooms below it. `npx depcruise apps libs --config` prints the offending imports.

const libs = (...names) => `^libs/(${names.join('|')})/`;
const gateway = (...rooms) => `^apps/gateway/src/(${rooms.join('|')})/`;
const npm = 'node_modules/';
const hubModule = '^apps/gateway/src/hub/hub\\.module\\.ts$';
const hubFiles = '^apps/gateway/src/hub/(?!hub\\.module\\.ts$)';
/** Who may do what in a group, as a table: the rights to write, to recall and to mention everybody are rows of it. */
const roles = '^apps/gateway/src/groups/roles\\.ts$';
/** Who asks, by which route, and from which place: what every feature is told. */
const asked = '^apps/gateway/src/(caller|route|place-token|raw-body|request-limit)\\.ts$';
const tests = String.raw`\.([a-z0-9-]*spec|contract)\.ts$`;

const ground = ['protocol', 'config', 'kit'];
const outside = ['storage', 'blobs', 'bus', 'presence', 'fanout', 'rate-limit', 'auth'];

/** The features of the gateway, each with those that it may import. */
const features = {
  users: [],
  sessions: ['users'],
  conversations: [],
  groups: ['users', 'conversations'],
  messages: ['users', 'conversations'],
  receipts: ['conversations', 'messages'],
  favorites: ['conversations'],
  typing: ['conversations'],
  friends: ['users'],
  blocks: ['users', 'friends'],
  sync: ['friends', 'blocks', 'groups'],
  presence: [],
  fanout: [],
  agreement: [],
  files: ['conversations'],
};
const featureNames = Object.keys(features);

/** Code outside of tests in `from` may import nothing of `to`, `except` aside. */
function rule(name, comment, from, to, except = []) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: tests },
    to: { path: to, ...(except.length === 0 ? {} : { pathNot: except }) },
  };
}

/** The same rule, for what is left when the compiler has dropped the types. */
const typesAside = (strict) => ({ ...strict, to: { ...strict.to, dependencyTypesNot: ['type-only'] } });

const itself = (name) =>
  rule(
    `${name}-not-by-its-index`,
    `Inside libs/${name}, import the file itself: its index is what others see.`,
    libs(name),
    `^libs/${name}/src/index\\.ts$`,
  );

module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'Break the cycle.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'everything-is-found',
      comment: 'An import that nothing answers to.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { couldNotResolve: true },
    },

    rule('protocol-imports-zod-only', 'The wire is declared without anything else.', libs('protocol'), '', [
      libs('protocol'),
      'node_modules/zod/',
    ]),
    rule('kit-is-ground', 'Small tools know no other room.', libs('kit'), '^(apps|libs)/', [libs('kit')]),
    rule('kit-imports-two-packages', 'Small tools, few packages.', libs('kit'), npm, [
      'node_modules/(prom-client|pino)/',
      'node_modules/@types/',
    ]),
    rule('config-is-ground', 'The configuration knows no room above the ground.', libs('config'), '^(apps|libs)/', [
      libs('config', 'kit', 'protocol'),
    ]),
    ...outside.map((name) =>
      rule(`${name}-stands-on-ground`, 'One outside thing each; they do not know each other.', libs(name), '^(apps|libs)/', [
        libs(name, ...ground),
      ]),
    ),
    rule('sdk-knows-the-wire-only', 'What runs at a client knows the wire and nothing of the server.', libs('sdk'), '^(apps|libs)/', [
      libs('sdk', 'protocol'),
    ]),
    rule('libs-import-no-app', 'Imports point down.', '^libs/(?!testing/)', '^apps/'),
    rule('libs-import-no-nest', 'Nest stays in the apps.', '^libs/(?!testing/)', 'node_modules/@nestjs/'),
    ...[...ground, ...outside, 'sdk', 'testing'].map(itself),

    typesAside(
      rule('infra-imports-libs-only', 'What the gateway is wired to knows no room of it.', gateway('infra'), '^apps/', [gateway('infra')]),
    ),
    rule('hub-imports-libs-only', 'The hub knows logs and sockets, not features; its module wires it.', hubFiles, '^apps/', [
      gateway('hub'),
    ]),
    rule('hub-is-wired-to-infra-only', 'The hub stands below the features.', hubModule, '^apps/', [gateway('hub', 'infra')]),
    rule('caller-knows-the-hub-only', 'Every feature knows the caller, so it knows none.', '^apps/gateway/src/caller\\.ts$', '^apps/', [
      gateway('hub'),
    ]),
    rule('route-knows-the-caller-only', 'Every feature knows routes, so they know none.', '^apps/gateway/src/route\\.ts$', '^apps/', [
      asked,
    ]),
    ...featureNames.map((name) =>
      rule(
        `${name}-imports-downward`,
        'A feature imports the hub, infra, caller.ts, route.ts, place-token.ts, raw-body.ts, request-limit.ts, the table of roles, and features below it.',
        gateway(name),
        '^apps/',
        [gateway('hub', 'infra', name, ...features[name]), asked, roles],
      ),
    ),
    rule('roles-know-no-room', 'A table that features read, below all of them.', roles, '^apps/'),
    rule('web-knows-the-sdk-only', 'The pages do what any client can: by the SDK, without the server.', '^apps/web/', '^(apps|libs)/', [
      '^apps/web/',
      '^libs/sdk/src/index\\.ts$',
    ]),
    rule('pages-know-each-other-not', 'Two pages; what both need is in kit and i18n.', '^apps/web/src/app/', '^apps/web/src/ui/'),
    rule('pages-know-each-other-not-either', 'Two pages; what both need is in kit and i18n.', '^apps/web/src/ui/', '^apps/web/src/app/'),
    rule('kit-of-pages-knows-no-page', 'Looks and small tools.', '^apps/web/src/(kit|i18n)/', '^apps/web/src/(app|ui)/'),
    rule('consumer-imports-no-gateway', 'Two processes, two apps.', '^apps/group-consumer/', '^apps/gateway/'),
    rule('gateway-imports-no-consumer', 'Two processes, two apps.', '^apps/gateway/', '^apps/group-consumer/'),

    rule('no-test-tools-in-the-product', 'Only tests use the tools of tests.', '^(apps|libs)/(?!testing/)', libs('testing')),
    rule('no-tests-in-the-product', 'Nobody imports a test; contracts are imported by tests.', '^(apps|libs)/', tests),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data)/' },
    // Types count: what a file must know to compile, it depends on.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'import', 'types', 'default'],
      mainFields: ['main', 'types'],
    },
  },
};
