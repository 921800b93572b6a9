import type { Conversation } from '@app/sdk';
import type { User } from '../users/names';
import { keptOf } from './last-visit';

const line = (convId: string, fields: Partial<Conversation> = {}) => ({ convId, activeAt: 0, pinned: false, ...fields }) as Conversation;
const user = (id: string) => ({ id, nickname: id }) as User;
const known = (...lines: Conversation[]) => Object.fromEntries(lines.map((one) => [one.convId, one]));

describe('what a browser keeps for a start without a network', () => {
  it('is who was talked to, and nothing that was said', () => {
    const said = { lastMessage: { payload: { text: 'a secret' } } as unknown as Conversation['lastMessage'], draft: 'another secret' };
    const kept = keptOf(known(line('group:g', { name: 'Tea', ...said })), [user('ada')]);
    expect(kept.lines[0]).toMatchObject({ convId: 'group:g', name: 'Tea', lastMessage: null, draft: null });
    expect(JSON.stringify(kept)).not.toContain('secret');
    expect(kept.users).toEqual([user('ada')]);
  });

  it('is bounded: the newest lines, and those first who are in them', () => {
    const lines = Array.from({ length: 250 }, (_, at) => line(`c2c:me:u${at}`, { userId: `u${at}`, activeAt: at }));
    const users = Array.from({ length: 400 }, (_, at) => user(`u${at}`));
    const kept = keptOf(known(...lines), users);
    expect(kept.lines).toHaveLength(200);
    expect(kept.lines[0]).toMatchObject({ userId: 'u249' });
    expect(kept.users).toHaveLength(300);
    expect(kept.users[0]).toEqual(user('u50'));
    expect(kept.users.map(({ id }) => id)).toEqual(expect.arrayContaining(kept.lines.map(({ userId }) => userId)));
  });
});
