import { type Protocol, type Schema, refName, resolved } from '../requests/documents';

/** One row of a table of fields. */
export interface FieldRow {
  /** `data`, `data.seq`, `data.list[].id`: where the field is. */
  readonly path: string;
  readonly depth: number;
  readonly name: string;
  readonly type: string;
  /** What the type refers to by name. */
  readonly refers: string | undefined;
  readonly required: boolean;
  readonly description: string;
}

/** A schema as tables: one, or one for each of its variants. */
export interface FieldTable {
  /** The variant's own words, as `kind: "recalled"`; empty where there is one only. */
  readonly variant: string;
  readonly rows: readonly FieldRow[];
}

const deepest = 3;

/** The tables of a schema; none where it has no fields. */
export function tablesOf(schema: Schema, protocol: Pick<Protocol, 'schemas'>): FieldTable[] {
  const own = resolved(schema, protocol);
  const variants = (own.oneOf ?? own.anyOf) as readonly Schema[] | undefined;
  if (!variants) {
    const rows = rowsOf(own, protocol, '', 0);
    return rows.length === 0 ? [] : [{ variant: '', rows }];
  }
  return variants.map((variant) => ({
    variant: variantOf(resolved(variant, protocol)),
    rows: rowsOf(resolved(variant, protocol), protocol, '', 0),
  }));
}

/** What a value of a schema is, in a few words. */
export function typeOf(schema: Schema): string {
  const name = refName(schema);
  if (name !== undefined) return name;
  const options = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (options) return options.map(typeOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const types = [schema.type].flat().filter((type) => typeof type === 'string');
  if (types.length === 0) return 'any';
  return (
    types.map((type) => (type === 'array' ? `list of ${typeOf((schema.items ?? {}) as Schema)}` : type)).join(' or ') + limitsOf(schema)
  );
}

/** A schema's own name somewhere in the type of a field. */
function refersTo(schema: Schema): string | undefined {
  const name = refName(schema);
  if (name !== undefined) return name;
  const inside = [schema.items, ...((schema.anyOf ?? schema.oneOf ?? []) as Schema[])].filter(Boolean) as Schema[];
  return inside.map(refersTo).find((one) => one !== undefined);
}

function rowsOf(schema: Schema, protocol: Pick<Protocol, 'schemas'>, path: string, depth: number): FieldRow[] {
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const row = {
      path: at,
      depth,
      name,
      type: typeOf(field) + presetOf(field),
      refers: refersTo(field),
      required: required.includes(name),
      description: typeof field.description === 'string' ? field.description : '',
    };
    return [row, ...(depth + 1 < deepest ? within(field, protocol, at, depth + 1) : [])];
  });
}

/** The fields of what a field holds, where that has no name of its own. */
function within(field: Schema, protocol: Pick<Protocol, 'schemas'>, path: string, depth: number): FieldRow[] {
  const options = (field.anyOf ?? field.oneOf ?? [field]) as readonly Schema[];
  const holding = options.find((one) => one.properties !== undefined || (one.items as Schema | undefined)?.properties !== undefined);
  if (!holding) return [];
  return holding.properties === undefined
    ? rowsOf(holding.items as Schema, protocol, `${path}[]`, depth)
    : rowsOf(holding, protocol, path, depth);
}

function variantOf({ properties = {} }: Schema): string {
  const fixed = Object.entries(properties as Record<string, Schema>).find(([, { const: value }]) => value !== undefined);
  return fixed ? `${fixed[0]}: ${JSON.stringify(fixed[1].const)}` : '';
}

function limitsOf(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const limits = [range(minimum, maximum), range(minLength, maxLength, ' characters'), range(minItems, maxItems, ' of them')];
  const said = [...limits, typeof pattern === 'string' ? pattern : ''].filter((one) => one !== '');
  return said.length === 0 ? '' : `, ${said.join(', ')}`;
}

function range(min: unknown, max: unknown, of = ''): string {
  const from = typeof min === 'number' && min > -Number.MAX_SAFE_INTEGER ? min : undefined;
  const to = typeof max === 'number' && max < Number.MAX_SAFE_INTEGER ? max : undefined;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `≥ ${from}${of}`;
  return from === undefined ? `≤ ${to}${of}` : `${from}–${to}${of}`;
}

const presetOf = ({ default: preset }: Schema): string => (preset === undefined ? '' : `, default ${JSON.stringify(preset)}`);
