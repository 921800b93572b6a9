import { configKeys } from '@app/config';
import {
  type ActionDeclaration,
  accessRules,
  actions,
  asyncApiDocument,
  closeCodes,
  type CloseReason,
  entryFields,
  type EntryKind,
  errors,
  events,
  frameErrors,
  type JsonSchema,
  jsonSchemaOf,
  mayReconnect,
  namedSchemas,
  openApiDocument,
  type Role,
  type RouteDeclaration,
  routeErrors,
  routes,
} from '@app/protocol';
import { type Operation, type Rule, roleTable } from '../apps/gateway/src/groups/roles';
import { fieldTable, typeOf } from './field-table';
import { code, table, writeOrCheck } from './generated-page';
import * as prose from './protocol-prose';

/** Writes `docs/protocol.md`, `docs/openapi.json` and `docs/asyncapi.json`; with `--check` only fails if one differs. */
async function main(): Promise<void> {
  await writeOrCheck('docs:protocol', [
    { path: 'docs/protocol.md', content: page(), parser: 'markdown' },
    { path: 'docs/openapi.json', content: JSON.stringify(openApiDocument()), parser: 'json' },
    { path: 'docs/asyncapi.json', content: JSON.stringify(asyncApiDocument()), parser: 'json' },
  ]);
}

function page(): string {
  return [
    prose.opening,
    connectingSection(),
    prose.framesAndReplies,
    prose.idsAndTargets,
    groupsSection(),
    prose.favorites,
    actionsSection(),
    eventsSection(),
    shapesSection(),
    closeCodesSection(),
    errorsSection(),
    restSection(),
    limitsSection(),
  ].join('\n');
}

function connectingSection(): string {
  return lines(
    prose.connecting,
    table(['Status', 'Why'], prose.refusals),
    fieldTable('The first frame from the server is the event `connected`', 'Always', jsonSchemaOf(events.connected.data, 'output')),
    prose.afterConnected,
  );
}

function groupsSection(): string {
  const rows = (Object.entries(roleTable) as [Operation, Readonly<Record<Role, Rule>>][]).map(([operation, { owner, admin, member }]) => [
    prose.operations[operation],
    ...[owner, admin, member].map((rule) => prose.rules[rule]),
  ]);
  return lines(prose.groups, table(['', 'owner', 'admin', 'member'], rows), prose.afterRoles);
}

function actionsSection(): string {
  const common = `Beside the codes listed with it, any action may answer ${codes(frameErrors)}.`;
  const each = (Object.entries(actions) as [string, ActionDeclaration][]).map(([name, { summary, access, input, output, errors, limit }]) =>
    lines(
      `### ${code(name)}`,
      [sentence(summary), accessRules[access].needs].filter(Boolean).join(' '),
      prose.actionNotes[name] ?? '',
      fieldTable('`data`', 'Required', jsonSchemaOf(input, 'input')),
      fieldTable('`data` of the ack', 'Always', jsonSchemaOf(output, 'output')),
      [errors.length === 0 ? '' : `May answer ${codes(errors)}.`, prose.buckets[limit]].join(' ').trim(),
    ),
  );
  return lines('## Actions', common, ...each);
}

function eventsSection(): string {
  const each = Object.entries(events).map(([name, { summary, data }]) => {
    const schema = jsonSchemaOf(data, 'output');
    const body = schema.$ref === undefined ? fieldTable('`data`', 'Always', schema) : `${code('data')}: ${typeOf(schema)}.`;
    return lines(`### Event ${code(name)}`, sentence(summary), name === 'connected' ? 'See [Connecting](#connecting).' : body);
  });
  return lines(prose.eventsOpening, ...each);
}

function shapesSection(): string {
  const each = Object.entries(namedSchemas()).map(([name, schema]) => lines(`### ${name}`, shapeOf(name, schema)));
  return lines('## Shapes', 'What several answers and events share.', ...each);
}

function shapeOf(name: string, schema: JsonSchema): string {
  if (name === 'Entry') return 'A [Message](#message) with `kind: "message"`, or an [EntryEvent](#entryevent).';
  if (name === 'EntryEvent') return entryKinds();
  if (name !== 'Error') return fieldTable('Fields', 'Always', schema);
  const code = { type: 'string', description: 'one of those in the [table of errors](#errors)' };
  return fieldTable('Fields', 'Always', { ...schema, properties: { ...(schema.properties as object), code } });
}

function entryKinds(): string {
  const kinds = Object.keys(entryFields) as EntryKind[];
  const fieldsOf = (kind: EntryKind) => {
    const { properties = {}, required = [] } = jsonSchemaOf(entryFields[kind], 'output') as {
      properties?: Record<string, JsonSchema>;
      required?: string[];
    };
    const field = (name: string) => `${code(required.includes(name) ? name : `${name}?`)} (${typeOf(properties[name] ?? {})})`;
    return Object.keys(properties).map(field).join(', ');
  };
  return lines(
    'An entry that is not a message. Each has `convId`, `seq`, `kind`, `from` (the user who did it) and `timestamp`, and the fields of its kind:',
    table(
      ['Kind', 'What happened', 'Fields'],
      kinds.map((kind) => [code(kind), prose.entryKinds[kind], fieldsOf(kind)]),
    ),
  );
}

function closeCodesSection(): string {
  const rows = (Object.entries(closeCodes) as [CloseReason, number][]).map(([name, number]) => [
    String(number),
    code(name),
    prose.closeReasons[name],
    mayReconnect(number) ? 'yes' : 'no',
  ]);
  return lines(prose.closing, table(['Code', 'Name', 'Why', 'Come back'], rows));
}

function errorsSection(): string {
  const rows = Object.entries(errors).map(([name, { status, message }]) => [code(name), String(status), message]);
  return lines(prose.errorsOpening, table(['Code', 'Status', 'Default text'], rows));
}

const shown = {
  bearer: '',
  none: 'Needs no token.',
  link: 'Takes a token, or a link of `POST /api/files/links`; where both come, the token counts.',
  refresh: 'Takes a token, or the cookie `parley_refresh` that `login` sets with `cookie: true`.',
} as const;

function restSection(): string {
  const declared = Object.entries(routes) as [string, RouteDeclaration][];
  const twinOf = (route: RouteDeclaration) => Object.entries(actions).find(([, action]) => action.output === route.output)?.[0];
  const each = declared.map(([, route]) => {
    const twin = twinOf(route);
    const output = jsonSchemaOf(route.output, 'output');
    return lines(
      `### ${route.method} ${route.path}`,
      [sentence(route.summary), accessRules[route.access].needs, shown[accessRules[route.access].auth]].filter(Boolean).join(' '),
      route.query === undefined ? '' : fieldTable('Query', 'Required', jsonSchemaOf(route.query, 'input')),
      bodyOf(route, twin),
      answerOf(route, output, twin),
      `May answer ${codes(routeErrors(route).filter((name) => name !== 'UNAVAILABLE' && name !== 'INTERNAL'))}.`,
    );
  });
  return lines(prose.restOpening, ...each);
}

function bodyOf({ body, form, bytes }: RouteDeclaration, twin: string | undefined): string {
  if (bytes === 'taken') return 'Body: the bytes.';
  if (form !== undefined) return fieldTable('Form (`multipart/form-data`) with a `file` and', 'Required', jsonSchemaOf(form, 'input'));
  if (body === undefined) return '';
  const same = twin !== undefined && actions[twin as keyof typeof actions].input === body;
  return same ? `Body: the \`data\` of [${code(twin)}](#${twin}).` : fieldTable('Body', 'Required', jsonSchemaOf(body, 'input'));
}

function answerOf({ status, alsoAnswers = {}, bytes }: RouteDeclaration, output: JsonSchema, twin: string | undefined): string {
  if (bytes === 'given') {
    return table(['Answer', 'What it holds'], [[String(status), 'the bytes'], ...Object.entries(alsoAnswers)]);
  }
  if (twin !== undefined) return `Answer ${status}: that of [${code(twin)}](#${twin}).`;
  if (output.$ref !== undefined) return `Answer ${status}: ${typeOf(output)}.`;
  return fieldTable(`Answer ${status}`, 'Always', output);
}

function limitsSection(): string {
  const defaults = new Map<string, string>(configKeys.map(({ path, fallback }) => [path, String(fallback)]));
  const rows = prose.limits.map(([key, answer]) => {
    const value = defaults.get(key);
    if (value === undefined) throw new Error(`there is no configuration key ${key}`);
    return [code(key), value, answer];
  });
  return lines(prose.limitsOpening, table(['Key', 'Default', 'Beyond it'], rows));
}

function codes(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/** Blocks of Markdown, one under the other; empty ones are left out. */
function lines(...blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

void main();
