import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { type ActionName, type RouteDeclaration, type RouteName, accessRules, actions, routes } from '@app/protocol';

const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(actions|controller|service)\.ts$/.test(path))
  .map((path) => ts.createSourceFile(path, readFileSync(join(__dirname, path), 'utf8'), ts.ScriptTarget.Latest, true));

const classes = new Map(
  sources.flatMap(({ statements }) => statements.filter(ts.isClassDeclaration)).map((node) => [node.name?.text ?? '', node] as const),
);

/** A method of a service that a handler hands its request to. */
interface Served {
  readonly service: string;
  readonly method: string;
}

/** What the handlers of actions and routes call, by the name of the action or route. */
const handlers = new Map<string, { owner: ts.ClassDeclaration; node: ts.Node }>();
for (const owner of classes.values()) {
  for (const member of owner.members) {
    const route = /@Route\('(\w+)'\)/.exec(member.getText())?.[1];
    if (route !== undefined) handlers.set(`route ${route}`, { owner, node: member });
    if (!ts.isPropertyDeclaration(member) || member.name.getText() !== 'handlers' || !member.initializer) continue;
    const table = ts.isSatisfiesExpression(member.initializer) ? member.initializer.expression : member.initializer;
    if (!ts.isObjectLiteralExpression(table)) continue;
    for (const property of table.properties) handlers.set(`action ${property.name?.getText()}`, { owner, node: property });
  }
}

/** The services that a class is given, by the names of their fields. */
const servicesOf = (owner: ts.ClassDeclaration): Map<string, string> => {
  const given = owner.members.filter(ts.isConstructorDeclaration).flatMap(({ parameters }) => [...parameters]);
  return new Map(
    given
      .map((parameter) => [parameter.name.getText(), parameter.type?.getText() ?? ''] as const)
      .filter(([, type]) => type.endsWith('Service')),
  );
};

function servedBy(name: string): Served[] {
  const handler = handlers.get(name);
  if (!handler) return [];
  const services = servicesOf(handler.owner);
  const calls = [...handler.node.getText().matchAll(/this\.(\w+)\.(\w+)\(/g)];
  return calls.flatMap(([, field = '', method = '']) => {
    const service = services.get(field);
    return service === undefined ? [] : [{ service, method }];
  });
}

/** A method's statements; where it begins by calling another of its class, those of that one. */
function bodyOf({ service, method }: Served): string[] {
  const found = classes
    .get(service)
    ?.members.filter(ts.isMethodDeclaration)
    .find(({ name }) => name.getText() === method);
  const statements = found?.body?.statements.map((statement) => statement.getText()) ?? [];
  const [, next] = /\bthis\.(\w+)\(/.exec(statements[0] ?? '') ?? [];
  return next === undefined ? statements : bodyOf({ service, method: next });
}

/** Requests about a conversation, to which not everybody has a right. */
const guarded = [
  ...(Object.keys(actions) as ActionName[]).map((name) => ({ name: `action ${name}`, access: actions[name].access })),
  ...(Object.entries(routes) as [RouteName, RouteDeclaration][]).map(([name, { access }]) => ({ name: `route ${name}`, access })),
].filter(({ access: kind }) => accessRules[kind].refuses.stranger === 'NOT_FOUND' && accessRules[kind].refuses.member !== 'NOT_FOUND');

describe('a service method that is asked about a conversation', () => {
  it.each(guarded)('begins with the authorisation: $name, for a $access', ({ name }) => {
    const served = servedBy(name);
    expect(served).not.toEqual([]);
    for (const one of served) {
      const statements = bodyOf(one);
      expect([one, statements[0]]).toEqual([one, expect.stringMatching(/\bthis\.access\./)]);
      expect([one, statements.join('\n')]).toEqual([one, expect.stringMatching(/\bthis\.access\.check\w+\(/)]);
    }
  });
});
