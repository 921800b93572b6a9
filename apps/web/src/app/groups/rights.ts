import type { RouteAnswer } from '@app/sdk';

export type Group = RouteAnswer<'group'>;
export type GroupMember = RouteAnswer<'groupMembers'>['members'][number];
export type Role = GroupMember['role'];

/** What a member may do in a group. */
export interface Rights {
  /** Change its name, its picture and its settings. */
  readonly change: boolean;
  /** Add and invite. */
  readonly host: boolean;
  /** Let those in who have asked, or not. */
  readonly decide: boolean;
  readonly postNotices: boolean;
  readonly leave: boolean;
  readonly transfer: boolean;
  readonly dissolve: boolean;
}

/** What a member may do to another one. */
export interface RightsOver {
  readonly mute: boolean;
  readonly remove: boolean;
  readonly promote: boolean;
  readonly demote: boolean;
  readonly transfer: boolean;
}

const rank: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

/** The server decides the same; what it would refuse is not offered. */
export function rightsOf(role: Role | undefined, joinPolicy: Group['joinPolicy']): Rights {
  const runs = role === 'owner' || role === 'admin';
  const owns = role === 'owner';
  return {
    change: runs,
    host: runs || (role === 'member' && joinPolicy === 'open'),
    decide: runs,
    postNotices: runs,
    leave: role !== undefined && !owns,
    transfer: owns,
    dissolve: owns,
  };
}

/** What a member of some role may do to one of another: what those above may do to those below, and roles by the owner alone. */
export function rightsOver(mine: Role | undefined, theirs: Role): RightsOver {
  const above = mine !== undefined && rank[mine] > rank[theirs];
  const owns = mine === 'owner' && theirs !== 'owner';
  return { mute: above, remove: above, promote: owns && theirs === 'member', demote: owns && theirs === 'admin', transfer: owns };
}

/** Members as they are shown: who runs the group first, then by name. */
export function inRank(members: readonly GroupMember[], nameOf: (userId: string) => string): readonly GroupMember[] {
  return [...members].sort((a, b) => rank[b.role] - rank[a.role] || nameOf(a.userId).localeCompare(nameOf(b.userId)));
}
