import Ajv from 'ajv/dist/2020';
import { asyncApiDocument, openApiDocument } from '@app/protocol';
import { type Schema, readProtocol } from '../requests/documents';
import { exampleOf } from './examples';
import { tablesOf, typeOf } from './types';

const protocol = readProtocol(asyncApiDocument(), openApiDocument());

const schemas: readonly [string, Schema][] = [
  ...protocol.actions.flatMap(({ name, input, output }): [string, Schema][] => [
    [name, input],
    [`ack of ${name}`, output],
  ]),
  ...protocol.events.map(({ name, data }): [string, Schema] => [`event ${name}`, data]),
  ...protocol.routes.flatMap(({ name, body, output }): [string, Schema][] => [
    ...(body ? [[`body of ${name}`, body] as [string, Schema]] : []),
    ...(output ? [[`answer of ${name}`, output] as [string, Schema]] : []),
  ]),
  ...Object.entries(protocol.schemas),
];

describe('the examples of the reference', () => {
  it.each(schemas)('fit the schema: %s', (_, schema) => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile({ ...schema, components: { schemas: protocol.schemas } });
    validate(exampleOf(schema, protocol));
    expect(validate.errors).toBeNull();
  });
});

describe('the tables of the reference', () => {
  it('name every field, and those within', () => {
    const schema = {
      type: 'object',
      properties: {
        seq: { type: 'integer', minimum: 1, description: 'where' },
        list: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
        message: { $ref: '#/components/schemas/Message' },
      },
      required: ['seq'],
    };
    expect(tablesOf(schema, protocol)[0]!.rows.map(({ path, type, required }) => [path, type, required])).toEqual([
      ['seq', 'integer, ≥ 1', true],
      ['list', 'list of object', false],
      ['list[].id', 'string', true],
      ['message', 'Message', false],
    ]);
  });

  it('have one table for each variant', () => {
    const variants = tablesOf({ $ref: '#/components/schemas/EntryEvent' }, protocol).map(({ variant }) => variant);
    expect(variants).toContain('kind: "recalled"');
  });

  it('say what a value is', () => {
    expect(typeOf({ anyOf: [{ type: 'string', maxLength: 9 }, { type: 'null' }] })).toBe('string, ≤ 9 characters or null');
    expect(typeOf({ type: ['string', 'null'] })).toBe('string or null');
    expect(typeOf({ enum: ['a', 'b'] })).toBe('"a" | "b"');
    expect(typeOf({})).toBe('any');
  });
});

describe('the documents', () => {
  it('tell every action, event, route and error', () => {
    expect(protocol.actions.map(({ name }) => name)).toContain('subscribe_group');
    expect(protocol.actions.find(({ name }) => name === 'recall')?.errors).toContain('RECALL_EXPIRED');
    expect(protocol.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['connected', 'message', 'closing']));
    expect(protocol.routes.find(({ name }) => name === 'login')).toMatchObject({ method: 'POST', auth: 'none', status: '200' });
    expect(protocol.errors.find(({ code }) => code === 'NOT_FOUND')).toEqual({
      code: 'NOT_FOUND',
      status: '404',
      message: 'there is no such thing',
    });
  });

  it('have no words in the description of an action that its list of errors says', () => {
    expect(protocol.actions.filter(({ description }) => description.includes('May answer'))).toEqual([]);
  });
});
