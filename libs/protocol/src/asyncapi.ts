import { accessRules } from './access';
import { type ActionDeclaration, frameErrors } from './action';
import { actions } from './actions';
import { protocolVersion, subprotocol } from './connection';
import { events } from './events';
import { maxRefLength } from './frames';
import { deviceIdSchema } from './ids';
import { type JsonSchema, jsonSchemaOf, namedSchemas } from './json-schema';

const channel = { $ref: '#/channels/socket' };

/** The actions and events of the WebSocket as an AsyncAPI 3.0 document, seen from the server: it receives actions and sends events. */
export function asyncApiDocument(): Record<string, unknown> {
  const messages = { ...actionMessages(), error: errorMessage, ...eventMessages() };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version: protocolVersion,
      description: 'Self-hosted instant messaging: the WebSocket half of the contract. The REST half is in the OpenAPI document.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: '{host}',
        protocol: 'ws',
        description: 'A gateway, or the proxy in front of several',
        variables: { host: { default: 'localhost:8080' } },
        security: [{ $ref: '#/components/securitySchemes/bearer' }, { $ref: '#/components/securitySchemes/queryToken' }],
      },
    },
    channels: {
      socket: {
        address: '/ws',
        title: 'The WebSocket',
        description: `One JSON frame per text message. The subprotocol is ${subprotocol}.`,
        servers: [{ $ref: '#/servers/gateway' }],
        messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET', query: upgradeQuery, bindingVersion: '0.1.0' } },
      },
    },
    operations: { ...actionOperations(), ...eventOperations() },
    components: {
      messages,
      schemas: namedSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        queryToken: { type: 'httpApiKey', in: 'query', name: 'token' },
      },
    },
  };
}

const upgradeQuery: JsonSchema = {
  type: 'object',
  properties: { token: { type: 'string' }, deviceId: jsonSchemaOf(deviceIdSchema, 'input') },
};

const ref: JsonSchema = { type: 'string', maxLength: maxRefLength };

const errorMessage = {
  title: 'error',
  summary: 'The other answer that a frame may get',
  payload: frame('error', { ref, data: { $ref: '#/components/schemas/Error' } }, ['data']),
};

function frame(action: string, properties: Record<string, JsonSchema>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties: { action: { const: action }, ...properties }, required: ['action', ...required] };
}

function actionMessages(): Record<string, unknown> {
  return Object.fromEntries(
    declared().flatMap(([name, { summary, input, output }]) => {
      const request = jsonSchemaOf(input, 'input');
      return [
        [name, { title: name, summary, payload: frame(name, { ref, data: request }, 'required' in request ? ['data'] : []) }],
        [
          ackOf(name),
          { title: `ack of ${name}`, summary: 'Done', payload: frame('ack', { ref, data: jsonSchemaOf(output, 'output') }, ['data']) },
        ],
      ];
    }),
  );
}

function actionOperations(): Record<string, unknown> {
  return Object.fromEntries(
    declared().map(([name, declaration]) => [
      name,
      {
        action: 'receive',
        channel,
        summary: declaration.summary,
        description: [accessRules[declaration.access].needs, `May answer ${[...declaration.errors, ...frameErrors].join(', ')}.`]
          .join(' ')
          .trim(),
        messages: [inChannel(name)],
        reply: { channel, messages: [inChannel(ackOf(name)), inChannel('error')] },
      },
    ]),
  );
}

function eventMessages(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(events).map(([name, { summary, data }]) => [
      eventOf(name),
      { title: name, summary, payload: frame(name, { data: jsonSchemaOf(data, 'output') }, ['data']) },
    ]),
  );
}

function eventOperations(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(events).map(([name, { summary }]) => [
      eventOf(name),
      { action: 'send', channel, summary, messages: [inChannel(eventOf(name))] },
    ]),
  );
}

const declared = () => Object.entries(actions) as [string, ActionDeclaration][];
const inChannel = (message: string) => ({ $ref: `#/channels/socket/messages/${message}` });
const ackOf = (action: string): string => `${action}.ack`;
/** An action and an event may share a name, as `read` does. */
const eventOf = (event: string): string => `event.${event}`;
