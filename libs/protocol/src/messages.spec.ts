import { type ActionRequest } from './actions';
import { entries, entryFields, entryEventSchema, history, maxPayloadDepth, messageTypes, recall, send } from './messages';

const request = (over: object = {}) => ({ to: 'bob', type: 'text', payload: { text: 'hi' }, clientMsgId: '1', ...over });
const issuesOf = (value: unknown) => send.input.safeParse(value).error?.issues.map(({ path }) => path.join('.'));
const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

describe('send', () => {
  it('takes a text to a user, a group or a conversation', () => {
    expect(send.input.parse(request())).toEqual(request());
    for (const target of [{ groupId: 'g' }, { convId: 'group:g' }]) {
      expect(send.input.parse(request({ to: undefined, ...target }))).toMatchObject(target);
    }
  });

  it('needs a target', () => {
    expect(issuesOf(request({ to: undefined }))).toEqual(['convId']);
  });

  it.each([{}, { text: '' }, { text: 7 }, { text: null }, { text: ['hi'] }, { Text: 'hi' }])(
    'needs a text in a text message: %j',
    (payload) => {
      expect(issuesOf(request({ payload }))).toEqual(['payload.text']);
    },
  );

  it('keeps what stands beside the text', () => {
    expect(send.input.parse(request({ payload: { text: 'hi', colour: { r: 1 } } })).payload).toEqual({ text: 'hi', colour: { r: 1 } });
  });

  it.each(messageTypes.filter((type) => type !== 'system' && type !== 'text'))('leaves the payload of %s to the clients', (type) => {
    expect(issuesOf(request({ type, payload: {} }))).toBeUndefined();
  });

  it.each(['system', 'TEXT', 'unknown', '', 7])('refuses the type %j', (type) => {
    expect(issuesOf(request({ type, payload: { text: 'hi' } }))).toEqual(['type']);
  });

  it.each([null, 'hi', ['hi'], 7])('refuses a payload that is no object: %j', (payload) => {
    expect(issuesOf(request({ type: 'custom', payload }))).toEqual(['payload']);
  });

  it.each(['a\0b', '\ud83d', '\ude00', 'a\udfffb'])('refuses NUL and lone surrogates anywhere in a payload: %j', (text) => {
    expect(issuesOf(request({ payload: { text } }))).toEqual(['payload']);
    expect(issuesOf(request({ type: 'custom', payload: { list: [{ deep: text }] } }))).toEqual(['payload']);
    expect(issuesOf(request({ type: 'custom', payload: { [text]: 1 } }))).toEqual(['payload']);
  });

  it('takes every other text unchanged', () => {
    expect(send.input.parse(request({ payload: { text: ' 你好 😀\r\n\t\u2028' } })).payload).toEqual({ text: ' 你好 😀\r\n\t\u2028' });
  });

  it('takes a payload nested so deep, and none that overflows the stack', () => {
    expect(issuesOf(request({ type: 'custom', payload: { list: nested(maxPayloadDepth) } }))).toBeUndefined();
    expect(issuesOf(request({ type: 'custom', payload: { list: nested(maxPayloadDepth + 1) } }))).toEqual(['payload']);
    expect(issuesOf(request({ type: 'custom', payload: { list: nested(30_000) } }))).toEqual(['payload']);
  });

  it('takes 50 mentions of users or of everybody', () => {
    expect(issuesOf(request({ mentions: ['alice', '@all'] }))).toBeUndefined();
    expect(issuesOf(request({ mentions: Array(51).fill('alice') }))).toEqual(['mentions']);
    expect(issuesOf(request({ mentions: ['@some'] }))).toEqual(['mentions.0']);
  });

  it.each([{ replyTo: 0 }, { replyTo: '1' }, { clientMsgId: '' }, { clientMsgId: 'ä' }, { clientMsgId: undefined }])(
    'refuses %j',
    (over) => {
      expect(issuesOf(request(over))).toEqual(Object.keys(over));
    },
  );

  it('ignores who the client claims to be', () => {
    expect(send.input.parse(request({ from: 'carol' }))).not.toHaveProperty('from');
  });

  it('is typed by its declaration', () => {
    const typed: ActionRequest<'send'> = { to: 'bob', type: 'text', payload: { text: 'hi' }, clientMsgId: '1' };
    // @ts-expect-error clients do not write system messages
    const system: ActionRequest<'send'> = { ...typed, type: 'system' };
    expect(issuesOf(system)).toEqual(['type']);
  });
});

describe('history and entries', () => {
  it('answer pages of 50 messages or 100 entries unless asked for others', () => {
    expect(history.input.parse({ convId: 'group:g' })).toEqual({ convId: 'group:g', limit: 50 });
    expect(entries.input.parse({ convId: 'group:g', afterSeq: 0 })).toEqual({ convId: 'group:g', afterSeq: 0, limit: 100 });
  });

  it('bound their pages', () => {
    expect(history.input.safeParse({ convId: 'group:g', limit: 201 }).success).toBe(false);
    expect(history.input.safeParse({ convId: 'group:g', limit: 0 }).success).toBe(false);
    expect(entries.input.safeParse({ convId: 'group:g', afterSeq: 0, limit: 501 }).success).toBe(false);
  });

  it('go one way: before a seq or after one', () => {
    const both = history.input.safeParse({ convId: 'group:g', beforeSeq: 9, afterSeq: 1 });
    expect(both.error?.issues).toMatchObject([{ path: ['afterSeq'], message: 'expected beforeSeq or afterSeq, not both' }]);
  });
});

describe('recall', () => {
  it('names its message by seq or by serverMsgId, not by both and not by neither', () => {
    const fits = (fields: object) => recall.input.safeParse({ convId: 'group:g', ...fields }).success;
    expect([{ seq: 1 }, { serverMsgId: 'a-1-k2' }, { seq: 1, serverMsgId: 'a-1-k2' }, {}].map(fits)).toEqual([true, true, false, false]);
  });
});

describe('an entry event', () => {
  it('has one form for every kind', () => {
    const kinds = entryEventSchema.options.map((option) => option.shape.kind.value);
    expect([...kinds].sort()).toEqual(Object.keys(entryFields).sort());
  });
});
