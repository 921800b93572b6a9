import type { JsonSchema } from '@app/protocol';
import { code, table } from './generated-page';

interface Schema extends JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

const targetNames = ['to', 'groupId', 'convId'];

/**
 * A label and the fields of an object as a Markdown table under it. `presence` heads the column that says which fields are there:
 * what a client must write, or what a server always writes.
 */
export function fieldTable(label: string, presence: 'Required' | 'Always', schema: JsonSchema): string {
  const { properties = {}, required = [] } = schema as Schema;
  const fields = Object.entries(properties);
  if (fields.length === 0) return `${label}: an empty object.`;
  const targeted = targetNames.every((name) => name in properties && !required.includes(name));
  const need = (name: string, field: Schema) => {
    if (required.includes(name)) return 'yes';
    if (targeted && targetNames.includes(name)) return '[one of three](#ids-and-targets)';
    return field.default === undefined ? '' : `default ${code(textOf(field.default))}`;
  };
  const rows = fields.map(([name, field]) => [code(name), typeOf(field), need(name, field), field.description ?? '']);
  return `${label}:\n\n${table(['Field', 'Type', presence, 'What it is'], rows)}`;
}

/** The type of a value in words, with its limits. A named schema is a link to its heading. */
export function typeOf(schema: JsonSchema): string {
  const { $ref, type, anyOf, oneOf, items, properties, maxItems, ...rest } = schema as Schema;
  if ($ref !== undefined) return linkTo($ref);
  if (rest.const !== undefined) return code(JSON.stringify(rest.const));
  if (rest.enum !== undefined) return rest.enum.map((value) => code(String(value))).join(', ');
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return choices.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf(items ?? {})}${maxItems === undefined ? '' : `, at most ${maxItems}`}`;
  if (properties !== undefined) return code(`{${Object.keys(properties).join(', ')}}`);
  const name = rest.format === 'uri' ? 'URL' : type === undefined ? 'anything' : [type].flat().join(' or ');
  return [name, ...limitsOf(rest)].join(', ');
}

function limitsOf({ pattern, minimum, maximum, minLength, maxLength }: Schema): string[] {
  return [
    ...range(minimum, maximum),
    ...range(minLength, maxLength).map((limits) => `${limits} characters`),
    ...(pattern === undefined ? [] : [code(pattern)]),
  ];
}

function range(least: number | undefined, most: number | undefined): string[] {
  // Whole numbers carry the bounds of what a double holds exactly; as limits they say nothing.
  const [from, to] = [least, most].map((bound) => (bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound));
  if (from !== undefined && to !== undefined) return [`${from} to ${to}`];
  if (from !== undefined) return [`at least ${from}`];
  return to === undefined ? [] : [`at most ${to}`];
}

function linkTo(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
