import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import * as ts from 'typescript';
import { type RouteDeclaration, actions, events, routes } from '@app/protocol';
import { flatTypes } from './flat-types';

const root = join(__dirname, '..');
const source = join(root, 'libs/sdk/src');

/** What the client takes from the protocol beside its actions and events, in the order in which it is printed. */
const named = ['MessageType', 'Message', 'EntryEvent', 'Entry', 'Conversation', 'Issue', 'ErrorCode', 'ErrorBody'];

/**
 * The types of the SDK as one file that imports nothing: the declarations of its own files, and those of the protocol as plain
 * TypeScript instead of inferred from schemas. Throws with the compiler's words.
 */
export async function sdkTypes(): Promise<string> {
  const { declarations, exported } = ownDeclarations();
  const all = [...protocolTypes(), ...declarations];
  const names = [...exported].sort().join(', ');
  const text = ['// Generated; the sources are in libs/sdk.', ...reachable(all, exported), `export { ${names} };`].join('\n\n');
  return format(text, { ...(await resolveConfig(join(root, 'index.ts'))), parser: 'typescript' });
}

const jsonRoutes = (Object.entries(routes) as [string, RouteDeclaration][]).flatMap(([name, { bytes, form }]) =>
  bytes || form ? [] : [name],
);

/** Everything of the protocol that the client's types name. */
function protocolTypes(): string[] {
  const maps = [
    ['ActionRequests', Object.keys(actions), 'ActionRequest', (name: string) => actions[name as keyof typeof actions].summary],
    ['ActionOutputs', Object.keys(actions), 'ActionOutput', () => ''],
    ['RouteRequests', jsonRoutes, 'RouteRequest', (name: string) => routes[name as keyof typeof routes].summary],
    ['RouteAnswers', jsonRoutes, 'RouteAnswer', () => ''],
    ['EventMap', Object.keys(events), 'EventData', (name: string) => events[name as keyof typeof events].summary],
  ] as const;
  const flat = flatTypes(root, '@app/protocol', [
    ...named.map((name) => ({ name, type: name })),
    ...maps.flatMap(([, keys, type]) => keys.map((key) => ({ name: `${type} ${key}`, type: `${type}<'${key}'>` }))),
  ]);
  const mapTexts = maps.map(([map, keys, type, docOf]) => {
    const members = keys.map((key) => {
      const doc = docOf(key);
      return `${doc === '' ? '' : `/** ${doc} */\n`}${key}: ${flat.get(`${type} ${key}`)};`;
    });
    return `interface ${map} {\n${members.join('\n')}\n}`;
  });
  return [
    ...named.map((name) => `type ${name} = ${flat.get(name)};`),
    ...mapTexts,
    '/** The name of an action. */\ntype ActionName = keyof ActionRequests;',
    '/** What a client writes as `data` of an action. */\ntype ActionRequest<A extends ActionName> = ActionRequests[A];',
    '/** `data` of the ack of an action. */\ntype ActionOutput<A extends ActionName> = ActionOutputs[A];',
    '/** The name of a REST route. */\ntype RouteName = keyof RouteRequests;',
    '/** What a client gives to a route. */\ntype RouteRequest<R extends RouteName> = RouteRequests[R];',
    '/** What a route answers. */\ntype RouteAnswer<R extends RouteName> = RouteAnswers[R];',
    '/** The name of an event of the server. */\ntype EventName = keyof EventMap;',
    '/** What an event of the server carries. */\ntype EventData<E extends EventName> = EventMap[E];',
  ];
}

/** The declarations of the SDK's own files, without their imports, and the names that its index exports. */
function ownDeclarations(): { declarations: string[]; exported: Set<string> } {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['libs/sdk/src/index.ts'] }, ts.sys, root);
  const program = ts.createProgram([join(source, 'index.ts')], {
    ...options,
    declaration: true,
    emitDeclarationOnly: true,
    sourceMap: false,
    stripInternal: true,
  });
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length > 0)
    throw new Error(
      ts.formatDiagnostics(problems, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => root, getNewLine: () => '\n' }),
    );
  const declarations: string[] = [];
  const exported = new Set<string>();
  program.emit(undefined, (path, text) => {
    if (!path.includes('libs/sdk/src/')) return;
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) continue;
      if (!ts.isExportDeclaration(statement))
        declarations.push(
          statement
            .getFullText()
            .trim()
            .replace(/^((?:\/\*\*[\s\S]*?\*\/\s*)?)export /, '$1'),
        );
      else if (path.endsWith('/index.d.ts') && statement.exportClause && ts.isNamedExports(statement.exportClause))
        for (const { name } of statement.exportClause.elements) exported.add(name.text);
    }
  });
  return { declarations, exported };
}

/** Those declarations that are exported, or named by one that is. Throws when two have the same name. */
function reachable(declarations: readonly string[], exported: Iterable<string>): string[] {
  const texts = new Map<string, string>();
  for (const text of declarations) {
    const name = /^(?:\/\*\*[\s\S]*?\*\/\s*)?(?:declare )?(?:class|interface|type|function|const) (\w+)/.exec(text)?.[1];
    if (name === undefined) continue;
    if (texts.has(name)) throw new Error(`${name} is declared twice in the SDK`);
    texts.set(name, text);
  }
  const wanted = new Set(exported);
  // Grows while it is walked.
  for (const name of wanted) {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`${name} is exported and not declared`);
    const code = text.replace(/\/\*\*[\s\S]*?\*\//g, '');
    for (const [word] of code.matchAll(/\w+/g)) if (texts.has(word)) wanted.add(word);
  }
  return [...texts].flatMap(([name, text]) => (wanted.has(name) ? [text] : []));
}
