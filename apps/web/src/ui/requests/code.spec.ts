import ts from 'typescript';
import { asyncApiDocument, openApiDocument } from '@app/protocol';
import { mask } from '../secrets';
import { actionKinds, codeOfAction, codeOfEvent, codeOfRoute, literal, routeKinds } from './code';
import { readProtocol } from './documents';
import { blank, routeField } from './fields';

const context = { origin: 'https://chat.example.org' };
const protocol = readProtocol(asyncApiDocument(), openApiDocument());
const route = (name: string) => protocol.routes.find((one) => one.name === name)!;

/** What a compiler says about the form of a program. */
function mistakes(code: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe('copied code', () => {
  it('sends by the SDK as its readme does', () => {
    const data = { groupId: 'g1', type: 'text', payload: { text: "It's me" }, clientMsgId: 'c1' };
    expect(codeOfAction('sdk', 'send', data, context)).toBe(
      [
        "import { ParleyClient } from '@parley/sdk';",
        '',
        "const client = new ParleyClient({ url: 'https://chat.example.org', token: process.env.PARLEY_TOKEN });",
        "const answer = await client.send({ groupId: 'g1', type: 'text', payload: { text: 'It\\'s me' }, clientMsgId: 'c1' });",
        'console.log(answer);',
      ].join('\n'),
    );
  });

  it('hears a group by a timeline of the SDK, which comes back after a cut', () => {
    const code = codeOfAction('sdk', 'subscribe_group', { groupId: 'g1', fromSeq: 0 }, context);
    expect(code).toContain("client.timeline({ groupId: 'g1' }, { fromSeq: 0 });");
  });

  it('calls the action where the message has what `send` of the SDK does not take', () => {
    expect(codeOfAction('sdk', 'send', { to: 'bob', burnAfterRead: true }, context)).toContain("client.call('send', ");
  });

  it('is a program, for every action and every way', () => {
    for (const { name } of protocol.actions) {
      for (const kind of ['sdk', 'ws'] as const) expect(mistakes(codeOfAction(kind, name, { text: "'`${x}\n" }, context))).toEqual([]);
    }
  });

  it('is a program, for every route and every way', () => {
    for (const one of protocol.routes) {
      const input = blank(routeField(one, protocol)) as object;
      for (const kind of ['sdk', 'fetch'] as const) expect(mistakes(codeOfRoute(kind, one, input, context))).toEqual([]);
    }
  });

  it('names routes and events as the SDK does', () => {
    expect(codeOfRoute('sdk', route('user'), { params: { id: 'bob' } }, context)).toContain(
      "client.request('user', { params: { id: 'bob' } })",
    );
    expect(codeOfRoute('sdk', route('login'), { body: { username: 'a', password: 'b' } }, context)).toContain("rest.request('login', ");
    expect(codeOfRoute('sdk', route('me'), {}, context)).toContain("client.request('me')");
    expect(codeOfEvent('message', context)).toContain("client.on('message', ");
  });

  it('quotes for the shell', () => {
    expect(codeOfRoute('curl', route('addFriend'), { body: { friendId: 'bob', message: "it's" } }, context)).toBe(
      [
        "curl -X POST 'https://chat.example.org/api/friends' \\",
        '  -H "Authorization: Bearer $PARLEY_TOKEN" \\',
        "  -H 'Content-Type: application/json' \\",
        `  -d '{"friendId":"bob","message":"it'\\''s"}'`,
      ].join('\n'),
    );
  });

  it('puts parameters into the address', () => {
    const code = codeOfRoute('curl', route('groupMembers'), { params: { id: 'a b' }, query: { limit: 5 } }, context);
    expect(code).toContain("'https://chat.example.org/api/groups/a%20b/members?limit=5'");
  });

  it('has no token unless one is given, and names what was masked', () => {
    for (const kind of actionKinds) expect(codeOfAction(kind, 'ping', {}, context)).toContain('PARLEY_TOKEN');
    for (const kind of routeKinds) expect(codeOfRoute(kind, route('me'), {}, { ...context, token: 'eyJx' })).toContain('eyJx');
    expect(literal({ password: mask })).toBe('{ password: process.env.PARLEY_SECRET }');
    expect(codeOfRoute('curl', route('login'), { body: { password: mask } }, context)).toContain(`'{"password":"'"$PARLEY_SECRET"'"}'`);
  });

  it('writes long values over several lines', () => {
    expect(literal({ list: ['x'.repeat(60), 'y'.repeat(60)] })).toBe(
      ['{', '  list: [', `    '${'x'.repeat(60)}',`, `    '${'y'.repeat(60)}',`, '  ],', '}'].join('\n'),
    );
  });
});
