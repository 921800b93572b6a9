import { type JsonSchema, jsonSchemaOf } from '@app/protocol';
import { type Seeded } from '@app/testing';
import type { z } from 'zod';

/** Real values for fields of these names, so that a request gets past its first checks. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const surrogate = '\ud83d';
const texts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  surrogate,
  `x${surrogate}`,
  '\udc00\ud800',
  '🍣',
  'é',
  '\u202e',
  '\ufeff',
  '__proto__',
  '../..',
  "' OR 1=1 --",
  '%',
  '$&',
];
const names: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '',
  '0',
  surrogate,
  'a\0',
  'kind',
  'from',
  'seq',
];
const numbers: readonly number[] = [
  -1,
  -0,
  0,
  0.5,
  1.0000001,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  1e21,
  1e308,
  -1e308,
  5e-324,
];
const targets = { to: 0, groupId: 0, convId: 0 };
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789._-';

/** Ways to write JSON that no serializer has. Some are JSON all the same. */
export const spellings = [
  'a number beyond reason',
  'a key of the language',
  'a key twice',
  'something around',
  'other quotes',
  'cut off',
  'escaped letters',
] as const;
type Spelling = (typeof spellings)[number];

const rendered = new Map<z.ZodType, JsonSchema>();

/** What a client may write, by a schema. Rendering it takes longer than all the rest of a frame. */
export function inputOf(schema: z.ZodType): JsonSchema {
  const known = rendered.get(schema) ?? jsonSchemaOf(schema, 'input');
  rendered.set(schema, known);
  return known;
}

/** Makes requests that fit a schema, and such that nearly do. The same seed makes the same ones. */
export class Mutations {
  constructor(
    private readonly random: Seeded,
    private readonly known: Known,
  ) {}

  /** A request that the schema takes. */
  request(schema: z.ZodType): unknown {
    for (let tries = 0; tries < 1_000; tries++) {
      const value = this.fitting(inputOf(schema));
      if (schema.safeParse(value).success) return value;
    }
    throw new Error(`no request fits ${JSON.stringify(inputOf(schema))}`);
  }

  /** A value that fits, as far as a JSON Schema tells. */
  fitting(schema: JsonSchema, name = ''): unknown {
    const { random } = this;
    const real = this.known[name];
    if (real && random.chance(0.85)) return random.pick(real);
    const {
      anyOf,
      oneOf,
      const: constant,
      enum: options,
      type,
    } = schema as { anyOf?: JsonSchema[]; oneOf?: JsonSchema[]; const?: unknown; enum?: unknown[]; type?: string };
    const choices = anyOf ?? oneOf;
    if (choices) return this.fitting(random.pick(choices), name);
    if (constant !== undefined) return constant;
    if (options) return random.pick(options);
    switch (type) {
      case 'string':
        return this.letters(Math.max(Number(schema.minLength ?? 1), 1 + random.below(Math.min(20, Number(schema.maxLength ?? 20)))));
      case 'integer':
      case 'number':
        if (random.chance(0.1)) return Number(random.pick([schema.minimum, schema.maximum]) ?? 0);
        return Math.min(Number(schema.minimum ?? 0) + random.below(30), Number(schema.maximum ?? 1e9));
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      case 'array':
        return Array.from({ length: random.below(3) }, () => this.fitting((schema.items ?? {}) as JsonSchema));
      case 'object':
        return this.object(schema);
      default:
        return this.odd();
    }
  }

  /** The same with a fault somewhere; rarely it fits after all. */
  wrong(schema: JsonSchema, name = ''): unknown {
    const { random } = this;
    const { anyOf, type } = schema as { anyOf?: JsonSchema[]; type?: string };
    if (random.chance(0.15)) return this.odd();
    if (anyOf) return this.wrong(random.pick(anyOf), name);
    if (type === 'object') return this.wrongObject(schema);
    if (type === 'array') return this.wrongArray(schema);
    if (type === 'string') return this.wrongText(schema);
    if (type === 'integer' || type === 'number') return this.wrongNumber(schema);
    return this.odd();
  }

  /** Something that nobody asked for. */
  odd(): unknown {
    const { random } = this;
    const makers: readonly (() => unknown)[] = [
      () => null,
      () => random.chance(0.5),
      () => random.pick(numbers),
      () => random.pick(texts),
      () => [],
      () => ({}),
      () => [null, {}, []],
      () => Array<number>(random.pick([1_000, 20_000])).fill(0),
      () => this.record([[random.pick(names), random.pick(texts)]]),
      () => nested(random.pick([10, 63, 64, 65, 66, 500, 3_000]), random.chance(0.5)),
      () => this.letters(random.pick([255, 256, 1_000, 20_000])),
    ];
    return random.pick(makers)();
  }

  /** A value as text, at times written in a way that no serializer would. */
  text(value: unknown): string {
    const { random } = this;
    const text = JSON.stringify(value) ?? 'null';
    return random.chance(0.85) ? text : this.spelled(text, random.pick(spellings));
  }

  /** JSON written in a way that no serializer would. */
  spelled(text: string, spelling: Spelling): string {
    const { random } = this;
    switch (spelling) {
      case 'a number beyond reason':
        return text.replace(/\d+/, () => random.pick(['1e400', '-1e400', '9007199254740993', '00', '1.', '0x10', 'NaN', '1'.repeat(400)]));
      case 'a key of the language': {
        const objects = [...text.matchAll(/\{(?=")/g)].map(({ index }) => index + 1);
        const at = objects.length > 0 ? random.pick(objects) : 0;
        const name = random.pick(names.filter((one) => one.isWellFormed() && !one.includes('\0')));
        return `${text.slice(0, at)}"${name}":null,${text.slice(at)}`;
      }
      case 'a key twice':
        return text.replace(/"(\w+)":/, (pair) => `${pair}${random.pick(['null', '"twice"', '{}', '[1]'])},${pair}`);
      case 'something around':
        return `${random.pick([' ', '\n\t', '\ufeff', '\0', '//x\n'])}${text}${random.pick(['', ' ', '\n', '\0', ',', '}'])}`;
      case 'other quotes':
        return text.replace(/"/g, random.pick(["'", '\\"', '\u201c']));
      case 'cut off':
        return text.slice(0, random.below(text.length + 1));
      case 'escaped letters': {
        const letter = random.pick([...letters.slice(0, 26)]);
        return text.replaceAll(letter, `\\u00${letter.charCodeAt(0).toString(16)}`);
      }
    }
  }

  /** Bytes of good frames after an accident: bits that flip, an end that is cut off, two that run into each other. */
  damaged(good: Buffer, other: Buffer): Buffer {
    const { random } = this;
    const bytes = Buffer.from(good);
    switch (random.below(5)) {
      case 0:
        for (let flips = 1 + random.below(3); flips > 0; flips--) {
          const at = random.below(bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        }
        return bytes;
      case 1:
        return bytes.subarray(0, random.below(bytes.length));
      case 2:
        return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]);
      case 3: {
        const at = random.below(bytes.length);
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length)), bytes.subarray(at)]);
      }
      default: {
        const at = random.below(bytes.length);
        const noise = Buffer.from(Array.from({ length: 1 + random.below(6) }, () => random.below(256)));
        return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
      }
    }
  }

  private object(schema: JsonSchema): Record<string, unknown> {
    const { properties, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
    // An open record, which is what a payload is.
    if (!properties) return { text: this.letters(5), [this.letters(3)]: this.random.chance(0.2) ? nested(20, true) : 1 };
    // One name of a conversation is what nearly every request needs.
    const target = this.random.pick(['to', 'groupId', 'convId']);
    const wanted = Object.entries(properties).filter(([name]) =>
      name in targets ? name === target || this.random.chance(0.05) : required.includes(name) || this.random.chance(0.3),
    );
    return this.record(wanted.map(([name, property]) => [name, this.fitting(property, name)]));
  }

  private wrongObject(schema: JsonSchema): unknown {
    const { random } = this;
    const good = this.object(schema);
    const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
    const entries = Object.entries(good);
    for (let faults = 1 + random.below(2); faults > 0; faults--) {
      const at = random.below(Math.max(1, entries.length));
      const [name, value] = entries[at] ?? ['data', null];
      switch (random.below(5)) {
        case 0:
          entries.splice(at, 1);
          break;
        case 1:
          entries.push([random.pick(names), this.odd()]);
          break;
        case 2:
          entries[at] = [random.pick([name.toUpperCase(), ` ${name}`, `${name}\0`]), value];
          break;
        default:
          entries[at] = [name, this.wrong(properties[name] ?? {}, name)];
      }
    }
    return this.record(entries);
  }

  private wrongArray(schema: JsonSchema): unknown {
    const { random } = this;
    const items = (schema.items ?? {}) as JsonSchema;
    const most = Number(schema.maxItems ?? 10);
    const length = random.pick([most, most + 1, 1]);
    return Array.from({ length }, () => (random.chance(0.1) ? this.odd() : random.chance(0.5) ? this.wrong(items) : this.fitting(items)));
  }

  private wrongText(schema: JsonSchema): unknown {
    const { random } = this;
    const most = Number(schema.maxLength ?? 64);
    const makers: readonly (() => unknown)[] = [
      () => this.letters(most),
      () => this.letters(most + 1),
      () => this.letters(Math.max(0, Number(schema.minLength ?? 1) - 1)),
      () => random.pick(texts),
      () => `${this.letters(3)}${random.pick(texts)}${this.letters(3)}`,
      () => '🍣'.repeat(Math.ceil(most / 2)),
      () => [this.letters(3)],
      () => random.pick(numbers),
    ];
    return random.pick(makers)();
  }

  private wrongNumber(schema: JsonSchema): unknown {
    const { random } = this;
    const [least, most] = [Number(schema.minimum ?? 0), Number(schema.maximum ?? 100)];
    if (random.chance(0.4)) return random.pick(numbers);
    return random.pick<unknown>([least - 1, least, most, most + 1, least + 0.5, String(least), [least]]);
  }

  /** Letters without a pattern; a long text repeats them, since every one drawn costs more than all the rest of a frame. */
  private letters(length: number): string {
    const some = Array.from({ length: Math.min(length, 40) }, () => letters[this.random.below(letters.length)]).join('');
    return some.repeat(Math.ceil(length / 40)).slice(0, length);
  }

  /** Own properties, whatever their names. */
  private record(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
    return Object.fromEntries(entries);
  }
}

function nested(depth: number, objects: boolean): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = objects ? { a: value } : [value];
  return value;
}
