/** A JSON Schema, 2020-12, as the documents of the server have them. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** An action of the WebSocket. */
export interface Action {
  readonly kind: 'action';
  readonly key: string;
  readonly name: string;
  readonly summary: string;
  /** Who may do it, and which errors it may answer. */
  readonly description: string;
  readonly input: Schema;
  readonly output: Schema;
  readonly errors: readonly string[];
}

/** An event of the WebSocket. */
export interface ServerEvent {
  readonly kind: 'event';
  readonly key: string;
  readonly name: string;
  readonly summary: string;
  readonly data: Schema;
}

/** A parameter of a route, in its path or its query. */
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** A REST route. */
export interface Route {
  readonly kind: 'route';
  readonly key: string;
  /** Its name in the SDK. */
  readonly name: string;
  readonly method: string;
  /** `/api/groups/{id}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly takes: 'json' | 'form' | 'bytes';
  /** Undefined where it answers bytes. */
  readonly output: Schema | undefined;
  readonly status: string;
  readonly errors: readonly string[];
  readonly auth: 'token' | 'optional' | 'none';
}

/** Something that can be asked for. */
export type Operation = Action | Route;

/** One line of the error catalogue. */
interface ErrorLine {
  readonly code: string;
  /** Undefined for codes that only frames carry. */
  readonly status: string | undefined;
  readonly message: string | undefined;
}

/** The protocol as the server describes it. */
export interface Protocol {
  readonly version: string;
  readonly actions: readonly Action[];
  readonly events: readonly ServerEvent[];
  readonly routes: readonly Route[];
  readonly errors: readonly ErrorLine[];
  /** What a `$ref` names. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

interface AsyncApi {
  readonly info: { readonly version: string };
  readonly operations: Readonly<Record<string, { readonly action: string; readonly summary: string; readonly description?: string }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly title: string; readonly payload: Schema }>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

/** Fetches both documents from the server. Throws where it does not give them. */
export async function fetchProtocol(): Promise<Protocol> {
  const [asyncApi, openApi] = await Promise.all(
    ['/api/asyncapi', '/api/docs'].map(async (address) => {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`);
      return (await response.json()) as unknown;
    }),
  );
  return readProtocol(asyncApi, openApi);
}

/** The protocol that an AsyncAPI and an OpenAPI document describe. */
export function readProtocol(asyncApi: unknown, openApi: unknown): Protocol {
  const { info, operations, components } = asyncApi as AsyncApi;
  const dataOf = (message: string): Schema => (components.messages[message]?.payload.properties as { data?: Schema })?.data ?? {};
  const described = Object.entries(operations);
  const routes = Object.entries((openApi as OpenApi).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(path, method.toUpperCase(), operation)),
  );
  return {
    version: info.version,
    actions: described
      .filter(([, { action }]) => action === 'receive')
      .map(([name, { summary, description = '' }]) => ({
        kind: 'action',
        key: `action:${name}`,
        name,
        summary,
        description: description.replace(/\s*May answer [A-Z_, ]+\./, ''),
        input: dataOf(name),
        output: dataOf(`${name}.ack`),
        errors: codesIn(description),
      })),
    events: described
      .filter(([, { action }]) => action === 'send')
      .map(([message, { summary }]) => {
        const name = components.messages[message]?.title ?? message;
        return { kind: 'event', key: `event:${name}`, name, summary, data: dataOf(message) };
      }),
    routes,
    errors: errorLines(components.schemas.Error, openApi as OpenApi),
    schemas: components.schemas,
  };
}

/** The schema that a `$ref` names, or the schema itself. */
export function resolved(schema: Schema, { schemas }: Pick<Protocol, 'schemas'>): Schema {
  const name = refName(schema);
  return name === undefined ? schema : (schemas[name] ?? {});
}

/** The name that a `$ref` refers to. */
export function refName({ $ref }: Schema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;
}

const takenAs: Readonly<Record<string, Route['takes']>> = {
  'multipart/form-data': 'form',
  'application/octet-stream': 'bytes',
};

function routeOf(path: string, method: string, operation: OpenApiOperation): Route {
  const { operationId, summary, description = '', tags, security, parameters = [], requestBody, responses } = operation;
  const [type = '', body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const [status = '200', done] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
  return {
    kind: 'route',
    key: `route:${operationId}`,
    name: operationId,
    method,
    path,
    tag: tags[0] ?? '',
    summary,
    description,
    parameters,
    body: body?.schema,
    takes: takenAs[type] ?? 'json',
    output: done?.content['application/json']?.schema,
    status,
    errors: Object.entries(responses).flatMap(([, answer]) => codesIn(answer.description)),
    auth: security.length === 0 ? 'none' : security.some((one) => Object.keys(one).length === 0) ? 'optional' : 'token',
  };
}

function codesIn(text: string): string[] {
  return [...new Set(text.match(/\b[A-Z]{2,}(?:_[A-Z]+)*\b/g) ?? [])].filter((word) => word !== 'JSON' && word !== 'HTTP');
}

/** The catalogue in its order, with the status and the text under which routes list a code. */
function errorLines(error: Schema | undefined, { paths }: OpenApi): ErrorLine[] {
  const found = new Map<string, { status: string; message: string }>();
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, { description }] of Object.entries(operation.responses)) {
      for (const [, code, message] of description.matchAll(/([A-Z_]{3,}): ([^;]*)/g)) found.set(code!, { status, message: message! });
    }
  }
  const codes = ((error?.properties as { code?: { enum?: string[] } })?.code?.enum ?? []).map((code) => ({
    code,
    status: found.get(code)?.status,
    message: found.get(code)?.message,
  }));
  return codes;
}
