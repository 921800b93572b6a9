import type { Role } from '@app/protocol';

/**
 * Whether a role may do something: `yes`, `no`; `below`: to those below it; `open`: while the group is open; `unmuted`: while not everybody
 * is muted.
 */
export type Rule = 'yes' | 'no' | 'below' | 'open' | 'unmuted';

/** Who may do what in a group, for those who are present. What is not in here nobody may. */
export const roleTable = {
  look: { owner: 'yes', admin: 'yes', member: 'yes' },
  write: { owner: 'yes', admin: 'yes', member: 'unmuted' },
  mentionAll: { owner: 'yes', admin: 'yes', member: 'no' },
  recall: { owner: 'yes', admin: 'yes', member: 'no' },
  leave: { owner: 'no', admin: 'yes', member: 'yes' },
  add: { owner: 'yes', admin: 'yes', member: 'open' },
  invite: { owner: 'yes', admin: 'yes', member: 'open' },
  decide: { owner: 'yes', admin: 'yes', member: 'no' },
  announce: { owner: 'yes', admin: 'yes', member: 'no' },
  configure: { owner: 'yes', admin: 'yes', member: 'no' },
  mute: { owner: 'below', admin: 'below', member: 'no' },
  remove: { owner: 'below', admin: 'below', member: 'no' },
  promote: { owner: 'below', admin: 'no', member: 'no' },
  transfer: { owner: 'below', admin: 'no', member: 'no' },
  dissolve: { owner: 'yes', admin: 'no', member: 'no' },
} as const satisfies Readonly<Record<string, Readonly<Record<Role, Rule>>>>;

/** Something that one may do in a group. */
export type Operation = keyof typeof roleTable;

/** What a rule may ask for; what is left out does not hold. */
export interface Circumstances {
  readonly open?: boolean | undefined;
  readonly allMuted?: boolean | undefined;
  /** The role of the member whom it is done to. */
  readonly other?: Role | undefined;
}

/** What must not be done by somebody who is muted themselves. */
export const speaking: ReadonlySet<Operation> = new Set(['write', 'announce']);

/** Whether a role may do something under these circumstances. */
export function allows(operation: Operation, role: Role, { open, allMuted, other }: Circumstances = {}): boolean {
  const rule: Rule = roleTable[operation][role];
  switch (rule) {
    case 'yes':
      return true;
    case 'no':
      return false;
    case 'below':
      return other !== undefined && ranks[other] < ranks[role];
    case 'open':
      return open === true;
    case 'unmuted':
      return allMuted !== true;
  }
}

/** Whether a role may never do something, whatever the circumstances. */
export const forbids = (operation: Operation, role: Role): boolean => roleTable[operation][role] === 'no';

/** Whether a member is kept from writing at a time (milliseconds since 1970). */
export const isMuted = ({ muted_until }: { readonly muted_until: number | null }, now: number): boolean =>
  muted_until !== null && muted_until > now;

/** Who is above whom. */
const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };
