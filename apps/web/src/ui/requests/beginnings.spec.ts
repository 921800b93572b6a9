import { asyncApiDocument, openApiDocument } from '@app/protocol';
import { FrameLog } from '../connections/frame-log';
import { beginningOf } from './beginnings';
import { readProtocol } from './documents';
import { fieldOf, routeField } from './fields';

const protocol = readProtocol(asyncApiDocument(), openApiDocument());

function begun(name: string, seen: readonly object[], userId?: string): unknown {
  const log = new FrameLog({ now: () => 0, elapsed: () => 0, later: (task) => task() });
  for (const frame of seen) log.received(JSON.stringify({ action: 'message', data: frame }));
  const context = { entries: log.snapshot(), userId };
  const action = protocol.actions.find((one) => one.name === name);
  if (action) return beginningOf(action, fieldOf(action.input, protocol), context);
  const route = protocol.routes.find((one) => one.name === name)!;
  return beginningOf(route, routeField(route, protocol), context);
}

describe('what a form begins with', () => {
  it('is the newest group that was seen, from its beginning', () => {
    expect(begun('subscribe_group', [{ groupId: 'g1' }, { groupId: 'g2' }])).toEqual({ groupId: 'g2', fromSeq: 0 });
  });

  it('is a message that can be sent, with an id of its own', () => {
    const value = begun('send', [{ groupId: 'g1' }]) as Record<string, unknown>;
    expect(value).toMatchObject({ groupId: 'g1', type: 'text', payload: { text: 'Hello!' } });
    expect(value.clientMsgId).toMatch(/^[0-9A-Z]{26}$/);
  });

  it('is somebody else than who asks', () => {
    expect(begun('addFriend', [{ from: 'bob' }, { from: 'alice' }], 'alice')).toEqual({ body: { friendId: 'bob' } });
  });

  it('knows what an id in a path is', () => {
    expect(begun('group', [{ groupId: 'g1', userId: 'u1' }])).toEqual({ params: { id: 'g1' } });
    expect(begun('removeFriend', [{ groupId: 'g1', userId: 'u1' }])).toEqual({ params: { id: 'u1' } });
  });
});
