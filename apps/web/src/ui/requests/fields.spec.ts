import Ajv from 'ajv/dist/2020';
import { asyncApiDocument, openApiDocument } from '@app/protocol';
import { readProtocol } from './documents';
import { type Field, blank, fieldOf, optionOf, problemsOf, routeField } from './fields';

const protocol = readProtocol(asyncApiDocument(), openApiDocument());
const fieldFor = (schema: object) => fieldOf(schema as Record<string, unknown>, protocol);
const action = (name: string) => protocol.actions.find((one) => one.name === name)!;
const route = (name: string) => protocol.routes.find((one) => one.name === name)!;

function names(field: Field): string[] {
  return field.kind === 'object' ? field.fields.map(({ name, required }) => (required ? `${name}*` : name)) : [];
}

describe('the form of a schema', () => {
  it('has a field for every property, and knows which are required', () => {
    expect(names(fieldOf(action('subscribe_group').input, protocol))).toEqual(['groupId*', 'fromSeq']);
  });

  it('keeps limits, patterns and descriptions, and drops the largest integer there is', () => {
    expect(fieldFor({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'where' })).toEqual({
      kind: 'number',
      integer: true,
      nullable: false,
      min: 1,
      description: 'where',
    });
    expect(fieldFor({ type: 'string', minLength: 1, maxLength: 9, pattern: '^a' })).toMatchObject({ min: 1, max: 9, pattern: '^a' });
  });

  it('takes a choice of a schema and null for a field that may be null', () => {
    const field = fieldFor({ anyOf: [{ type: 'string', maxLength: 9, description: 'file id' }, { type: 'null' }] });
    expect(field).toMatchObject({ kind: 'text', nullable: true, max: 9, description: 'file id' });
    expect(problemsOf(field, null)).toEqual([]);
  });

  it('finds out which choice of a union a value is', () => {
    const field = fieldFor({
      anyOf: [
        { type: 'string', pattern: '^[a-z]+$' },
        { type: 'string', const: '@all' },
      ],
    });
    if (field.kind !== 'union') throw new Error(field.kind);
    expect([optionOf(field, 'bob'), optionOf(field, '@all')]).toEqual([0, 1]);
  });

  it('asks for free JSON where anything goes', () => {
    expect(fieldFor({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} })).toMatchObject({
      kind: 'json',
      type: 'object',
    });
  });

  it('follows references, and ends where one refers to itself', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#/components/schemas/Tree' } } };
    const field = fieldOf({ $ref: '#/components/schemas/Tree' }, { schemas: { Tree: tree } });
    expect(field).toMatchObject({ kind: 'object', fields: [{ name: 'child', field: { kind: 'json', type: 'any' } }] });
  });

  it('of a route has the parts that its request has', () => {
    expect(names(routeField(route('updateMember'), protocol))).toEqual(['params*', 'body*']);
    expect(names(routeField(route('history'), protocol))).toEqual(['query*']);
    expect(names(routeField(route('me'), protocol))).toEqual([]);
  });

  it('asks for a file where bytes are taken', () => {
    expect(routeField(route('putContent'), protocol)).toMatchObject({
      fields: [{ name: 'params' }, { name: 'query' }, { name: 'body', field: { kind: 'file' } }],
    });
    expect(JSON.stringify(routeField(route('uploadFile'), protocol))).toContain(
      '{"name":"file","required":true,"field":{"nullable":false,"kind":"file"}}',
    );
  });
});

describe('the first value of a form', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });

  it.each(protocol.actions.map(({ name }) => name))('of %s has what is required, of the right types', (name) => {
    const { input } = action(name);
    const field = fieldOf(input, protocol);
    const value = blank(field);
    const { required = [] } = input as { required?: string[] };
    expect(Object.keys(value as object)).toEqual(expect.arrayContaining(required));
    // Texts are empty still: only their patterns and lengths may be hurt.
    ajv.validate(input, value);
    expect((ajv.errors ?? []).filter(({ keyword }) => keyword !== 'pattern' && keyword !== 'minLength')).toEqual([]);
  });

  it.each(protocol.routes.map(({ name }) => name))('of %s has no field of another type', (name) => {
    const field = routeField(route(name), protocol);
    expect(problemsOf(field, blank(field)).filter((problem) => problem.name === 'type' || problem.name === 'missing')).toEqual([]);
  });
});

describe('problems', () => {
  const field = fieldFor({
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2, maxLength: 3 },
      n: { type: 'integer', minimum: 1, maximum: 5 },
      list: { type: 'array', maxItems: 1, items: { type: 'string', pattern: '^a' } },
      kind: { enum: ['x', 'y'] },
    },
    required: ['name'],
  });

  it.each([
    [{}, [['name', 'missing']]],
    [{ name: 'a' }, [['name', 'short']]],
    [{ name: 'abcd' }, [['name', 'long']]],
    [{ name: 7 }, [['name', 'type']]],
    [{ name: 'ab', n: 1.5 }, [['n', 'type']]],
    [{ name: 'ab', n: 0 }, [['n', 'small']]],
    [{ name: 'ab', n: 6 }, [['n', 'large']]],
    [{ name: 'ab', kind: 'z' }, [['kind', 'choice']]],
    [{ name: 'ab', list: ['b'] }, [['list.0', 'pattern']]],
    [{ name: 'ab', list: ['a', 'a'] }, [['list', 'many']]],
    [{ name: 'ab', other: true }, []],
    [7, [['', 'type']]],
  ])('of %j are named by their paths', (value, expected) => {
    expect(problemsOf(field, value).map(({ path, name }) => [path, name])).toEqual(expected);
  });
});
