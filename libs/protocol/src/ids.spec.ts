import fc from 'fast-check';
import { z } from 'zod';
import {
  c2cConversation,
  clientMsgIdSchema,
  convIdSchema,
  conversationOf,
  groupConversation,
  parseConvId,
  positionSchema,
  seqSchema,
  targeted,
  textSchema,
  userIdSchema,
} from './ids';

const idCharacters = [...'ABCXYZabcxyz0189._-'];
const anId = fc.string({ unit: fc.constantFrom(...idCharacters), minLength: 1, maxLength: 64 });
const twoIds = fc.tuple(anId, anId).filter(([a, b]) => a !== b);

describe('a c2c conversation', () => {
  it('has one id, whichever of the two asks', () => {
    fc.assert(fc.property(twoIds, ([a, b]) => expect(c2cConversation(a, b)).toEqual(c2cConversation(b, a))));
  });

  it('names its users in the order of their bytes', () => {
    fc.assert(
      fc.property(twoIds, ([a, b]) => {
        const [first, second] = c2cConversation(a, b).convType === 'c2c' ? usersOf(a, b) : ['', ''];
        expect(Buffer.compare(Buffer.from(first), Buffer.from(second))).toBe(-1);
      }),
    );
  });

  it.each([
    ['bob', 'Bob', 'c2c:Bob:bob'],
    ['a', 'a.', 'c2c:a:a.'],
    ['a-b', 'a', 'c2c:a:a-b'],
    ['a_', 'aZ', 'c2c:aZ:a_'],
    ['u10', 'u9', 'c2c:u10:u9'],
  ])('of %s and %s is %s', (a, b, convId) => {
    expect(c2cConversation(a, b).convId).toBe(convId);
  });
});

describe('a conversation id', () => {
  it('is read back from what names a conversation', () => {
    fc.assert(
      fc.property(twoIds, ([a, b]) => {
        expect(parseConvId(c2cConversation(a, b).convId)).toEqual(c2cConversation(a, b));
        expect(parseConvId(groupConversation(a).convId)).toEqual(groupConversation(a));
      }),
    );
  });

  it('is nothing but its canonical form', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          anId.map((id) => `group:${id}`),
          twoIds.map(([a, b]) => `c2c:${a}:${b}`),
        ),
        (text) => {
          const name = parseConvId(text);
          if (name !== undefined) expect(name.convId).toBe(text);
        },
      ),
    );
  });

  it.each([
    '',
    'c2c',
    'c2c:',
    'c2c:alice',
    'c2c:alice:',
    'c2c::alice',
    'c2c:bob:alice',
    'c2c:alice:alice',
    'c2c:alice:bob:carol',
    'C2C:alice:bob',
    'group:',
    'group:a:b',
    'group:a ',
    ' group:a',
    'group:a\n',
    'group:ä',
    `group:${'a'.repeat(65)}`,
    'room:a',
  ])('is not %j', (text) => {
    expect(parseConvId(text)).toBeUndefined();
    expect(convIdSchema.safeParse(text).success).toBe(false);
  });

  it('may be as long as two ids of 64 characters make it', () => {
    const { convId } = c2cConversation('a'.repeat(64), 'b'.repeat(64));
    expect(convIdSchema.parse(convId)).toBe(convId);
  });
});

describe('a target', () => {
  it('names the same conversation by user and by id', () => {
    const named = { convId: 'c2c:alice:bob', convType: 'c2c', users: ['alice', 'bob'] };
    expect(conversationOf({ to: 'bob' }, 'alice')).toEqual(named);
    expect(conversationOf({ convId: 'c2c:alice:bob' }, 'alice')).toEqual(named);
    expect(conversationOf({ to: 'bob', convId: 'c2c:alice:bob' }, 'alice')).toEqual(named);
  });

  it('names the same conversation by group and by id', () => {
    const named = { convId: 'group:g', convType: 'group', groupId: 'g' };
    expect(conversationOf({ groupId: 'g' }, 'alice')).toEqual(named);
    expect(conversationOf({ groupId: 'g', convId: 'group:g' }, 'alice')).toEqual(named);
  });

  it.each([
    { to: 'bob', groupId: 'g' },
    { to: 'bob', convId: 'c2c:alice:carol' },
    { to: 'bob', convId: 'group:bob' },
    { groupId: 'g', convId: 'group:h' },
    { to: 'bob', groupId: 'g', convId: 'c2c:alice:bob' },
    {},
  ])('that disagrees or names nothing differs: %j', (target) => {
    expect(conversationOf(target, 'alice')).toBe('differ');
  });

  it('of a user at that user is their own name', () => {
    expect(conversationOf({ to: 'alice' }, 'alice')).toBe('self');
    expect(conversationOf({ to: 'alice', groupId: 'g' }, 'alice')).toBe('self');
  });

  it('may name a conversation of others: whether that is allowed is decided elsewhere', () => {
    expect(conversationOf({ convId: 'c2c:bob:carol' }, 'alice')).toMatchObject({ users: ['bob', 'carol'] });
  });

  it('is required, in any of its three forms', () => {
    const schema = targeted({ limit: z.number() });
    expect(schema.safeParse({ limit: 1 }).error?.issues).toMatchObject([
      { path: ['convId'], message: 'expected one of to, groupId, convId' },
    ]);
    for (const target of [{ to: 'bob' }, { groupId: 'g' }, { convId: 'group:g' }]) {
      expect(schema.parse({ ...target, limit: 1 })).toEqual({ ...target, limit: 1 });
    }
  });
});

describe('the ids of a request', () => {
  it.each(['', 'a b', 'a:b', 'ä', 'a\0', 'a\n', 'a'.repeat(65), '\ud800', 7, null])('never hold %j as a user', (value) => {
    expect(userIdSchema.safeParse(value).success).toBe(false);
  });

  it.each(['', 'a'.repeat(65), 'é', 'a\n', '\x7f', '\0'])('never hold %j as a clientMsgId', (value) => {
    expect(clientMsgIdSchema.safeParse(value).success).toBe(false);
  });

  it('may hold spaces in a clientMsgId, at its end too', () => {
    expect(clientMsgIdSchema.parse(' a b ')).toBe(' a b ');
  });

  it('count from 1 as a seq and from 0 as a position, by whole numbers that a double holds', () => {
    expect([0, 1, 1.5, 2 ** 53 - 1, 2 ** 53, NaN].map((value) => seqSchema.safeParse(value).success)).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect([-1, 0, 2 ** 53].map((value) => positionSchema.safeParse(value).success)).toEqual([false, true, false]);
  });
});

describe('a line of text', () => {
  it.each(['', 'x'.repeat(6), 'a\0b', '\ud83d', '\ude00a'])('is never %j', (text) => {
    expect(textSchema(5).safeParse(text).success).toBe(false);
  });

  it('keeps every other character as it is', () => {
    expect(textSchema(5).parse(' 你😀\n')).toBe(' 你😀\n');
  });
});

function usersOf(a: string, b: string): readonly [string, string] {
  const name = c2cConversation(a, b);
  return name.convType === 'c2c' ? name.users : ['', ''];
}
