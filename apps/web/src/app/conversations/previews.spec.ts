import type { Message } from '@app/sdk';
import { isWorthAWord } from './notify';
import { oneLine, previewOf } from './previews';

const message = (fields: Partial<Message> = {}): Message => ({
  convId: 'group:g',
  convType: 'group',
  seq: 5,
  number: 5,
  serverMsgId: 's',
  clientMsgId: 'c',
  from: 'bob',
  type: 'text',
  payload: { text: 'one\ntwo' },
  timestamp: 1,
  ...fields,
});
const group = { convType: 'group', draft: null, lastMessage: message() } as const;

describe('the preview of a conversation', () => {
  it('says who said what, in one line', () => {
    expect(previewOf(group, 'me', false)).toEqual({ kind: 'said', said: { kind: 'text', text: 'one two' }, from: 'bob', by: 'other' });
  });

  it('need not say who in a c2c, but for oneself', () => {
    expect(previewOf({ ...group, convType: 'c2c' }, 'me', false)).toMatchObject({ by: undefined });
    expect(previewOf({ ...group, convType: 'c2c' }, 'bob', false)).toMatchObject({ by: 'me' });
  });

  it('is the draft, but not of the conversation that is open', () => {
    const drafted = { ...group, draft: 'not yet' };
    expect(previewOf(drafted, 'me', false)).toEqual({ kind: 'draft', text: 'not yet' });
    expect(previewOf(drafted, 'me', true)).toMatchObject({ kind: 'said' });
  });

  it('tells of a message that was taken back, and of a file', () => {
    const { payload: _, ...gone } = message({ recalled: true });
    expect(previewOf({ ...group, lastMessage: gone }, 'me', false)).toMatchObject({ said: { kind: 'recalled' } });
    const file = message({ type: 'file', payload: { fileId: 'abcd', name: 'a.pdf' } });
    expect(previewOf({ ...group, lastMessage: file }, 'me', false)).toMatchObject({ said: { kind: 'file', name: 'a.pdf' } });
  });

  it('is nothing where nothing was said', () =>
    expect(previewOf({ ...group, lastMessage: null }, 'me', false)).toEqual({ kind: 'nothing' }));

  it('is short of a long text, and cuts no sign in two', () => {
    const short = oneLine('😀'.repeat(10_000));
    expect([...short]).toHaveLength(140);
    expect(short.isWellFormed()).toBe(true);
  });
});

describe('a word on the desktop', () => {
  const line = { muted: false, readSeq: 4 };

  it('is said of a new message', () => expect(isWorthAWord(message(), line, 'me')).toBe(true));
  it('is not said of what was read, taken back, or said by the server', () => {
    expect(isWorthAWord(message(), { ...line, readSeq: 5 }, 'me')).toBe(false);
    expect(isWorthAWord(message({ recalled: true }), line, 'me')).toBe(false);
    expect(isWorthAWord(message({ type: 'system' }), line, 'me')).toBe(false);
  });
  it('is said of a muted conversation when it mentions the user', () => {
    const muted = { ...line, muted: true };
    expect(isWorthAWord(message(), muted, 'me')).toBe(false);
    expect(isWorthAWord(message({ mentions: ['me'] }), muted, 'me')).toBe(true);
    expect(isWorthAWord(message({ mentions: ['@all'] }), muted, 'me')).toBe(true);
  });
});
