import { type Conversation, ParleyError } from '@app/sdk';
import { createChatStore } from '../state';
import { Recalls } from './recall';

const own = { convId: 'group:g', seq: 1, from: 'me', timestamp: 400 };
const others = { ...own, seq: 2, from: 'bob' };

/** A user in a group, at a time that stands still, and what the server says to everything. */
function at(role: Conversation['role'] | undefined, answer: () => Promise<never> = () => Promise.resolve({} as never)) {
  const store = createChatStore();
  if (role !== undefined) store.setState({ conversations: { 'group:g': { convId: 'group:g', role } as Conversation } });
  return new Recalls({ call: answer }, store, 'me', () => 1_000);
}
const refusal = (code: 'RECALL_EXPIRED' | 'DISCONNECTED') => () => Promise.reject(new ParleyError(code, 'no'));

describe('what may be taken back', () => {
  it('is what one wrote, and nothing of others', () => {
    const recalls = at('member');
    expect([own, others].map((message) => recalls.may(message))).toEqual([true, false]);
  });

  it('is nothing that is as old as what the server has refused', async () => {
    const recalls = at('member', refusal('RECALL_EXPIRED'));
    await expect(recalls.recall(own)).rejects.toMatchObject({ code: 'RECALL_EXPIRED' });
    expect(recalls.may(own)).toBe(false);
    expect(recalls.may({ ...own, timestamp: 401 })).toBe(true);
  });

  it('stays what it was after another failure', async () => {
    const recalls = at('member', refusal('DISCONNECTED'));
    await expect(recalls.recall(own)).rejects.toThrow();
    expect(recalls.may(own)).toBe(true);
  });

  it.each(['owner', 'admin'] as const)('is everything, however old, for the %s of a group', async (role) => {
    const recalls = at(role, refusal('RECALL_EXPIRED'));
    await recalls.recall(own).catch(() => undefined);
    expect([own, others].map((message) => recalls.may(message))).toEqual([true, true]);
  });

  it('is nothing where one is no member any more', () => expect(at(undefined).may(own)).toBe(false));
});
