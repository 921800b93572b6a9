import fc from 'fast-check';
import { c2cConversation, clientMsgIdSchema, conversationOf, groupConversation } from '@app/protocol';
import { c2cConvId, convIdOf, groupConvId, groupIdOf, newClientMsgId } from './ids';

const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);

describe('conversation ids', () => {
  it('are those that the server derives', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        fc.pre(a !== b);
        expect(c2cConvId(a, b)).toBe(c2cConversation(a, b).convId);
        expect(c2cConvId(b, a)).toBe(c2cConvId(a, b));
        expect(groupConvId(a)).toBe(groupConversation(a).convId);
        expect(groupIdOf(groupConvId(a))).toBe(a);
        expect(groupIdOf(c2cConvId(a, b))).toBeUndefined();
        for (const target of [{ to: b }, { groupId: b }, { convId: c2cConvId(a, b) }]) {
          expect({ convId: convIdOf(target, a) }).toMatchObject({ convId: (conversationOf(target, a) as { convId: string }).convId });
        }
      }),
    );
  });
});

describe('a new id of a message', () => {
  it('is one that the server takes, sorts by time and is never the same', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => newClientMsgId(1_700_000_000_000 + i * 7));
    expect(ids.every((text) => clientMsgIdSchema.safeParse(text).success)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 1_000 }, () => newClientMsgId(1))).size).toBe(1_000);
    expect(newClientMsgId()).toHaveLength(26);
  });
});
