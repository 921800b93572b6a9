import type { ErrorCode } from './errors';

/**
 * Somebody for whom a request may not be. `unauthenticated`: no token, or one that is not good; `stranger`: a user who never had a right to it; `former`: a former member of the
 * group; `muted`: a member who may not write; `member`: a member without a role.
 */
export type Outsider = 'unauthenticated' | 'stranger' | 'former' | 'muted' | 'member';

/** For whom a request is. */
export interface AccessRule {
  /** What is needed beside a token. Empty when that is all. */
  readonly needs: string;
  /** How the caller shows who they are: `bearer` a token, `refresh` a token or the refresh cookie, `link` a token or a signed link, `none` not at all. */
  readonly auth: 'bearer' | 'refresh' | 'link' | 'none';
  /** What the others are answered. Whoever is not named is served. */
  readonly refuses: Readonly<Partial<Record<Outsider, ErrorCode>>>;
}

const unauthenticated = 'UNAUTHENTICATED';
const everyUser = { stranger: 'NOT_FOUND', former: 'NOT_FOUND', muted: 'NOT_FOUND', member: 'NOT_FOUND' } as const;
// Who never had a right to something is not told that it is there.
const outside = { unauthenticated, stranger: 'NOT_FOUND' } as const;
const notPresent = { ...outside, former: 'NOT_GROUP_MEMBER' } as const;

const whoReadsFiles = 'For its owner, for members who may read a message that carries it, until it is recalled or ends, and';

const rules = {
  anybody: { needs: '', auth: 'none', refuses: {} },
  session: {
    needs: 'A session of this server.',
    auth: 'refresh',
    refuses: { unauthenticated, stranger: unauthenticated, former: unauthenticated, muted: unauthenticated, member: unauthenticated },
  },
  user: { needs: '', auth: 'bearer', refuses: { unauthenticated } },
  owner: { needs: 'Only for the user to whom it belongs.', auth: 'bearer', refuses: { unauthenticated, ...everyUser } },
  invited: { needs: 'Only for those whom the join policy lets in.', auth: 'bearer', refuses: { ...outside, former: 'NOT_FOUND' } },
  reader: { needs: 'For members, and for former members up to their leaving.', auth: 'bearer', refuses: outside },
  fileReader: {
    needs: `${whoReadsFiles} for every user while it is an avatar.`,
    auth: 'bearer',
    refuses: { ...outside, former: 'NOT_FOUND' },
  },
  fileLink: {
    needs: `${whoReadsFiles} for anybody, without a token too, while it is an avatar.`,
    auth: 'link',
    refuses: { ...outside, former: 'NOT_FOUND' },
  },
  member: { needs: 'Only for members.', auth: 'bearer', refuses: notPresent },
  speaker: { needs: 'Only for members who are not muted.', auth: 'bearer', refuses: { ...notPresent, muted: 'MUTED' } },
  sender: {
    needs: 'Only for the sender, while they may write.',
    auth: 'bearer',
    refuses: { ...notPresent, muted: 'MUTED', member: 'FORBIDDEN' },
  },
  author: {
    needs: 'Only for the sender, and for the owner and admins of a group.',
    auth: 'bearer',
    refuses: { ...notPresent, muted: 'FORBIDDEN', member: 'FORBIDDEN' },
  },
  moderator: {
    needs: 'Only for the owner and admins of a group.',
    auth: 'bearer',
    refuses: { ...notPresent, muted: 'FORBIDDEN', member: 'FORBIDDEN' },
  },
  host: {
    needs: 'Only for the owner and admins of a group; while it is open, for every member.',
    auth: 'bearer',
    refuses: { ...notPresent, muted: 'FORBIDDEN', member: 'FORBIDDEN' },
  },
  groupOwner: {
    needs: 'Only for the owner of a group.',
    auth: 'bearer',
    refuses: { ...notPresent, muted: 'FORBIDDEN', member: 'FORBIDDEN' },
  },
} satisfies Readonly<Record<string, AccessRule>>;

/** Kinds of access. Every action and route declares one, and a test asks each for what its rule says. */
export type Access = keyof typeof rules;

/** The rule of each kind. What concerns a c2c of others refuses everybody with `NOT_FOUND`, whatever the kind. */
export const accessRules: Readonly<Record<Access, AccessRule>> = rules;
