import type { Conversation } from '@app/sdk';
import { whyNotWrite } from './writing';

const line = { convId: 'group:g', convType: 'group', role: 'member' } as Conversation;
const standing = { line, former: undefined, isBlocked: false, isGroup: true, isLoaded: true, now: 100 };

describe('who may write', () => {
  it('is a member', () => expect(whyNotWrite(standing)).toBeUndefined());
  it('is nobody who has left', () => {
    expect(whyNotWrite({ ...standing, line: undefined, former: line })).toEqual({ reason: 'left' });
    expect(whyNotWrite({ ...standing, line: undefined })).toEqual({ reason: 'left' });
    expect(whyNotWrite({ ...standing, line: undefined, former: { ...line, why: 'dissolved' } })).toEqual({ reason: 'dissolved' });
  });
  it('is not known before the group is', () =>
    expect(whyNotWrite({ ...standing, line: undefined, isLoaded: false })).toEqual({ reason: 'loading' }));
  it('is whoever was muted, from then on', () => {
    expect(whyNotWrite({ ...standing, line: { ...line, mutedUntil: 101 } })).toEqual({ reason: 'muted', until: 101 });
    expect(whyNotWrite({ ...standing, line: { ...line, mutedUntil: 100 } })).toBeUndefined();
  });
  it('is the owner and admins alone where all are muted', () => {
    expect(whyNotWrite({ ...standing, line: { ...line, muteAll: true } })).toEqual({ reason: 'muteAll' });
    expect(whyNotWrite({ ...standing, line: { ...line, muteAll: true, role: 'admin' } })).toBeUndefined();
  });
  it('is anybody in a c2c that has not begun, unless the other is blocked', () => {
    const c2c = { ...standing, line: undefined, isGroup: false };
    expect(whyNotWrite(c2c)).toBeUndefined();
    expect(whyNotWrite({ ...c2c, isBlocked: true })).toEqual({ reason: 'blocked' });
  });
});
