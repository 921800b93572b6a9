import { type Protocol, type Route, type Schema, refName, resolved } from './documents';

interface Common {
  readonly description?: string | undefined;
  readonly nullable: boolean;
  /** What the server takes where nothing is given. */
  readonly preset?: unknown;
}

/** How a value is filled in: a JSON Schema, as a form needs it. */
export type Field =
  | (Common & { readonly kind: 'text'; readonly pattern?: string; readonly min?: number; readonly max?: number; readonly format?: string })
  | (Common & { readonly kind: 'number'; readonly integer: boolean; readonly min?: number; readonly max?: number })
  | (Common & { readonly kind: 'boolean' })
  | (Common & { readonly kind: 'choice'; readonly options: readonly unknown[] })
  | (Common & { readonly kind: 'list'; readonly item: Field; readonly min?: number; readonly max?: number })
  | (Common & { readonly kind: 'object'; readonly fields: readonly NamedField[] })
  | (Common & { readonly kind: 'union'; readonly options: readonly Field[] })
  | (Common & { readonly kind: 'file' })
  | (Common & { readonly kind: 'json'; readonly type: 'object' | 'any' });

/** A field of an object. */
export interface NamedField {
  readonly name: string;
  readonly required: boolean;
  readonly field: Field;
}

/** The largest integer that schemas name where there is no real limit. */
const unlimited = Number.MAX_SAFE_INTEGER;

/** The field of a schema. What refers to itself ends in free JSON. */
export function fieldOf(schema: Schema, protocol: Pick<Protocol, 'schemas'>, seen: readonly string[] = []): Field {
  const name = refName(schema);
  if (name !== undefined && seen.includes(name)) return { kind: 'json', type: 'any', nullable: false };
  const inside = name === undefined ? seen : [...seen, name];
  const own = resolved(schema, protocol);
  const within = (one: Schema) => fieldOf(one, protocol, inside);
  const options = (own.anyOf ?? own.oneOf) as readonly Schema[] | undefined;
  if (options)
    return unionOf(
      own,
      options.map((one) => resolved(one, protocol)),
      within,
    );

  const types = [own.type].flat().filter((type) => type !== undefined);
  const common = { ...commonOf(own), nullable: types.includes('null') };
  const type = types.find((one) => one !== 'null');
  if (own.const !== undefined) return { ...common, kind: 'choice', options: [own.const] };
  if (Array.isArray(own.enum)) return { ...common, kind: 'choice', options: own.enum };
  switch (type) {
    case 'string':
      if (own.contentMediaType !== undefined) return { ...common, kind: 'file' };
      return { ...common, kind: 'text', ...shapeOf(own), ...limitsOf(own.minLength, own.maxLength) };
    case 'integer':
    case 'number':
      return { ...common, kind: 'number', integer: type === 'integer', ...limitsOf(own.minimum, own.maximum) };
    case 'boolean':
      return { ...common, kind: 'boolean' };
    case 'array':
      return { ...common, kind: 'list', item: within((own.items ?? {}) as Schema), ...limitsOf(own.minItems, own.maxItems) };
    case 'object':
      return own.properties === undefined
        ? { ...common, kind: 'json', type: 'object' }
        : { ...common, kind: 'object', fields: fieldsOf(own, within) };
    default:
      return { ...common, kind: 'json', type: 'any' };
  }
}

/** What a request of a route is made of: `params`, `query` and `body`, those that it has. */
export function routeField(route: Route, protocol: Pick<Protocol, 'schemas'>): Field {
  const place = (where: 'path' | 'query'): Field => ({
    kind: 'object',
    nullable: false,
    fields: route.parameters
      .filter((parameter) => parameter.in === where)
      .map(({ name, required, description, schema }) => ({
        name,
        required,
        field: { ...fieldOf(schema, protocol), ...(description === undefined ? {} : { description }) },
      })),
  });
  const body: Field | undefined = route.takes === 'bytes' ? { kind: 'file', nullable: false } : route.body && fieldOf(route.body, protocol);
  const parts: NamedField[] = [
    { name: 'params', required: true, field: place('path') },
    { name: 'query', required: true, field: place('query') },
    ...(body ? [{ name: 'body', required: true, field: body }] : []),
  ];
  return { kind: 'object', nullable: false, fields: parts.filter(({ field }) => field.kind !== 'object' || field.fields.length > 0) };
}

/** What a form begins with: what is required, by the simplest value that there is. */
export function blank(field: Field): unknown {
  switch (field.kind) {
    case 'text':
    case 'file':
      return '';
    case 'number':
      return field.min ?? 0;
    case 'boolean':
      return true;
    case 'choice':
      return field.options[0];
    case 'list':
      return Array.from({ length: field.min ?? 0 }, () => blank(field.item));
    case 'object':
      return Object.fromEntries(field.fields.filter(({ required }) => required).map(({ name, field: one }) => [name, blank(one)]));
    case 'union':
      return blank(field.options[0]!);
    case 'json':
      return {};
  }
}

/** Which choice of a union a value is. */
export function optionOf({ options }: { readonly options: readonly Field[] }, value: unknown): number {
  const found = options.findIndex((one) => problemsOf(one, value).length === 0);
  return found >= 0
    ? found
    : Math.max(
        0,
        options.findIndex((one) => isOfKind(one, value)),
      );
}

/** What does not fit, by dotted paths as the server writes them. The server has the last word: this only shows it earlier. */
export interface Problem {
  readonly path: string;
  /** Its text is `ui.problem.<name>`. */
  readonly name: 'missing' | 'type' | 'short' | 'long' | 'small' | 'large' | 'pattern' | 'few' | 'many' | 'choice';
  readonly limit?: number | string;
}

/** What the schema does not allow about a value. */
export function problemsOf(field: Field, value: unknown, path = ''): Problem[] {
  if (value === null && field.nullable) return [];
  const wrong = (name: Problem['name'], limit?: number | string): Problem => ({ path, name, ...(limit === undefined ? {} : { limit }) });
  if (!isOfKind(field, value)) return [wrong('type')];
  switch (field.kind) {
    case 'text':
      return textProblems(field, value as string, wrong);
    case 'number': {
      const number = value as number;
      if (field.min !== undefined && number < field.min) return [wrong('small', field.min)];
      return field.max !== undefined && number > field.max ? [wrong('large', field.max)] : [];
    }
    case 'choice':
      return field.options.includes(value) ? [] : [wrong('choice')];
    case 'list': {
      const list = value as unknown[];
      const own =
        list.length < (field.min ?? 0)
          ? [wrong('few', field.min)]
          : list.length > (field.max ?? Infinity)
            ? [wrong('many', field.max)]
            : [];
      return [...own, ...list.flatMap((one, index) => problemsOf(field.item, one, under(path, index)))];
    }
    case 'object': {
      const object = value as Record<string, unknown>;
      return field.fields.flatMap(({ name, required, field: one }) => {
        if (one.kind === 'file') return [];
        if (object[name] !== undefined) return problemsOf(one, object[name], under(path, name));
        return required ? [{ path: under(path, name), name: 'missing' as const }] : [];
      });
    }
    case 'union': {
      const all = field.options.map((one) => problemsOf(one, value, path));
      return all.some((problems) => problems.length === 0) ? [] : all[optionOf(field, value)]!;
    }
    case 'boolean':
    case 'json':
    case 'file':
      return [];
  }
}

/** The path of what is within something. */
export const under = (path: string, name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);

function isOfKind(field: Field, value: unknown): boolean {
  if (value === null && field.nullable) return true;
  switch (field.kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return field.integer ? Number.isInteger(value) : Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'json':
      return field.type === 'any' || (typeof value === 'object' && value !== null && !Array.isArray(value));
    case 'union':
      return field.options.some((one) => isOfKind(one, value));
    case 'choice':
    case 'file':
      return true;
  }
}

function textProblems(
  { min, max, pattern }: Extract<Field, { kind: 'text' }>,
  text: string,
  wrong: (name: Problem['name'], limit?: number | string) => Problem,
): Problem[] {
  if (min !== undefined && text.length < min) return [wrong('short', min)];
  if (max !== undefined && text.length > max) return [wrong('long', max)];
  return pattern !== undefined && !new RegExp(pattern, 'u').test(text) ? [wrong('pattern', pattern)] : [];
}

/** A choice among schemas; one of which is null is a field that may be null. */
function unionOf(own: Schema, options: readonly Schema[], within: (schema: Schema) => Field): Field {
  const common = { ...commonOf(own), nullable: options.some(({ type }) => type === 'null') };
  const fields = options.filter(({ type }) => type !== 'null').map(within);
  const [only] = fields;
  if (fields.length === 1 && only) return { ...only, ...common, description: common.description ?? only.description };
  return { ...common, kind: 'union', options: fields };
}

function fieldsOf(own: Schema, within: (schema: Schema) => Field): NamedField[] {
  const required = (own.required ?? []) as readonly string[];
  return Object.entries(own.properties as Record<string, Schema>).map(([name, schema]) => ({
    name,
    // What has a value without anybody giving it need not be given.
    required: required.includes(name) && schema.default === undefined,
    field: within(schema),
  }));
}

function commonOf({ description, default: preset }: Schema): { description?: string; preset?: unknown } {
  return { ...(typeof description === 'string' ? { description } : {}), ...(preset === undefined ? {} : { preset }) };
}

function limitsOf(min: unknown, max: unknown): { min?: number; max?: number } {
  const known = (limit: unknown): limit is number => typeof limit === 'number' && Math.abs(limit) < unlimited;
  return { ...(known(min) ? { min } : {}), ...(known(max) ? { max } : {}) };
}

function shapeOf({ pattern, format }: Schema): { pattern?: string; format?: string } {
  return { ...(typeof pattern === 'string' ? { pattern } : {}), ...(typeof format === 'string' ? { format } : {}) };
}
