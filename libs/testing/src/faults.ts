import { type JsonSchema, jsonSchemaOf, maxPayloadDepth } from '@app/protocol';
import type { z } from 'zod';

/** One thing that does not fit, in a request that fits otherwise. */
export interface Fault {
  /** Where: the field, and what is inside of it. */
  readonly path: readonly (string | number)[];
  readonly what: string;
  /** What stands there instead; `undefined`: nothing. */
  readonly value: unknown;
}

/** Every way in which one place of a request can miss its schema, as far as JSON Schema tells it: each field, and each list's first item. */
export function faultsOf(schema: z.ZodType | undefined): Fault[] {
  return schema ? [...faultsInside(jsonSchemaOf(schema, 'input'), [])] : [];
}

/** The request with the fault in it. */
export function withFault(request: unknown, { path, value }: Fault): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof name === 'number') return [withFault(undefined, { path: rest, what: '', value })];
  const others = Object.entries(request ?? {}).filter(([key]) => key !== name);
  const inside = withFault((request as Record<string, unknown> | undefined)?.[name], { path: rest, what: '', value });
  return Object.fromEntries(inside === undefined ? others : [...others, [name, inside]]);
}

/** Whether a fault can stand in a URL, where everything is text, a list of one too, and must be of a bearable length. */
export const fitsIntoUrl = ({ value, what }: Fault): boolean =>
  ['string', 'number'].includes(typeof value) &&
  !/^(an item )?(a number|a text for a list|with half a surrogate pair|far too long)$/.test(what);

function* faultsInside(schema: JsonSchema, path: readonly (string | number)[]): Iterable<Fault> {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  for (const [name, field] of Object.entries(properties)) {
    const at = [...path, name];
    for (const [what, value] of wrongValues(field, required.includes(name))) yield { path: at, what, value };
    const items = field.items as JsonSchema | undefined;
    if (items) for (const [what, value] of wrongValues(items, false)) yield { path: [...at, 0], what: `an item ${what}`, value };
    yield* faultsInside(field, at);
  }
}

function* wrongValues(schema: JsonSchema, required: boolean): Iterable<readonly [what: string, value: unknown]> {
  const choices = (schema.anyOf ?? schema.oneOf ?? [schema]) as JsonSchema[];
  const typeOf = ({ type, enum: words, const: word }: JsonSchema): string =>
    typeof type === 'string' ? type : typeof (word ?? (words as unknown[])?.[0]);
  const takes = (type: string): boolean => choices.some((choice) => typeOf(choice) === type);
  if (required) yield ['missing', undefined];
  if (!takes('null')) yield ['null', null];
  if (!takes('object')) yield ['an object', { a: 1 }];
  if (!takes('array')) yield ['a list', [[]]];
  if (!takes('boolean')) yield ['a boolean', true];
  if (takes('string')) yield* wrongTexts(choices.filter((choice) => typeOf(choice) === 'string'));
  else yield [takes('array') ? 'a text for a list' : 'a text', 'x'];
  const number = choices.find((choice) => ['integer', 'number'].includes(typeOf(choice)));
  if (number) yield* wrongNumbers(number);
  else yield ['a number', 7];
  if (takes('object') && !schema.properties) yield* wrongRecords();
  if (schema.maxItems !== undefined) yield ['too long', Array(Number(schema.maxItems) + 1).fill('x')];
}

const strangeTexts = [
  ['another word', 'no/such word'],
  ['with a byte-order mark', 'x\ufeff'],
  ['with a line end', 'x\n'],
] as const;

function* wrongTexts(choices: readonly JsonSchema[]): Iterable<readonly [what: string, value: unknown]> {
  yield ['empty', ''];
  yield ['with a NUL', 'a\0b'];
  yield ['with half a surrogate pair', 'a\ud800'];
  yield ['far too long', 'x'.repeat(20_000)];
  const [first = {}] = choices;
  if (first.maxLength !== undefined) yield ['one too long', 'x'.repeat(Number(first.maxLength) + 1)];
  if (Number(first.minLength) > 1) yield ['one too short', 'x'.repeat(Number(first.minLength) - 1)];
  const isOf = (text: string, { const: word, enum: words, pattern, format }: JsonSchema): boolean =>
    word !== undefined
      ? word === text
      : words !== undefined
        ? (words as unknown[]).includes(text)
        : typeof pattern === 'string'
          ? new RegExp(pattern).test(text)
          : format === undefined;
  for (const [what, text] of strangeTexts) if (!choices.some((choice) => isOf(text, choice))) yield [what, text];
}

function* wrongNumbers({ minimum, maximum }: JsonSchema): Iterable<readonly [what: string, value: unknown]> {
  yield ['below the minimum', Number(minimum) - 1];
  if (Number(maximum) < Number.MAX_SAFE_INTEGER) yield ['above the maximum', Number(maximum) + 1];
  yield ['beyond 2^53', 2 ** 53];
  yield ['beyond 2^1023', 1e308];
  yield ['no whole number', 1.5];
  yield ['a number as a text', 'NaN'];
}

function* wrongRecords(): Iterable<readonly [what: string, value: unknown]> {
  let nested: unknown = 1;
  for (let depth = 0; depth <= maxPayloadDepth; depth++) nested = depth % 2 === 0 ? { a: nested } : [nested];
  yield ['nested too deep', { text: 'x', nested }];
  yield ['with a NUL inside', { text: 'x', list: ['\0'] }];
  yield ['with half a surrogate pair inside', { text: 'x', '\ud800': 1 }];
}
