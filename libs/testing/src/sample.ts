import { type JsonSchema, jsonSchemaOf } from '@app/protocol';
import type { z } from 'zod';

/** Values for fields by their names; they go before what a schema alone would say. */
export type Known = Readonly<Record<string, unknown>>;

/**
 * A value that a schema takes: the required fields, and as few of the others as it asks for. Fields of the given names get the given values,
 * and those among them that the schema has are always there when they are in `always`. Throws, naming the fields, when none fits.
 */
export function sampleOf(schema: z.ZodType, known: Known, always: readonly string[] = []): unknown {
  const json = jsonSchemaOf(schema, 'input');
  const optional = Object.keys(propertiesOf(json)).filter((name) => name in known && !always.includes(name));
  for (const extra of [[], ...optional.map((name) => [name])]) {
    const value = valueOf(json, known, [...always, ...extra]);
    if (schema.safeParse(value).success) return value;
  }
  const { error } = schema.safeParse(valueOf(json, known, always));
  const fields = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Error(`no sample fits (${fields}); give the field a value by its name`);
}

/** The fields of an object's schema. */
export function fieldsOf(schema: z.ZodType | undefined): string[] {
  return schema ? Object.keys(propertiesOf(jsonSchemaOf(schema, 'input'))) : [];
}

function valueOf(schema: JsonSchema, known: Known, wanted: readonly string[]): unknown {
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] as unknown;
  const choices = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (choices?.[0]) return valueOf(choices[0], known, wanted);
  switch (schema.type) {
    case 'object': {
      const required = (schema.required ?? []) as string[];
      const fields = Object.entries(propertiesOf(schema)).filter(([name]) => required.includes(name) || wanted.includes(name));
      return Object.fromEntries(fields.map(([name, field]) => [name, name in known ? known[name] : valueOf(field, known, [])]));
    }
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return 'x'.repeat(Math.max(1, Number(schema.minLength ?? 1)));
  }
}

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> => (schema.properties ?? {}) as Record<string, JsonSchema>;
