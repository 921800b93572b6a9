import type { Role } from '@app/protocol';
import { type Answer, type Person, World } from '@app/testing';
import { type Operation, roleTable } from './roles';

/** What somebody is to the group, beside their role. */
const states = ['present', 'muted', 'mute-all', 'left', 'removed', 'dissolved'] as const;
type State = (typeof states)[number];

const roles = Object.keys(roleTable.look) as Role[];
const operations = Object.keys(roleTable) as Operation[];
const others = ['member', 'admin', 'owner', 'oneself'] as const;
type Other = (typeof others)[number];

const ranks = { owner: 2, admin: 1, member: 0 } as const;
const hour = 3_600_000;

interface Scene {
  readonly groupId: string;
  readonly people: Readonly<Record<Role, Person>>;
  readonly others: Readonly<Record<Other, string>>;
}

/** One cell of the matrix. */
interface Cell {
  readonly role: Role;
  readonly state: State;
  readonly operation: Operation;
  readonly other: Other | undefined;
  readonly open: boolean;
  readonly verdict: string;
}

let messages = 0;
/** Where the owner has said something. */
const saidSeq = 3;

/** How each operation is asked for. */
const asked: Readonly<Record<Operation, (world: World, caller: Person, groupId: string, other: string) => Promise<Answer>[]>> = {
  look: (world, caller, groupId) => ['', '/members', '/notices'].map((part) => world.get(`/api/groups/${groupId}${part}`, caller)),
  write: (world, caller, groupId) => {
    const clientMsgId = `m${++messages}`;
    return [world.post('/api/messages', { groupId, type: 'text', payload: { text: 'hello' }, clientMsgId }, caller)];
  },
  mentionAll: (world, caller, groupId) => {
    const message = { groupId, type: 'text', payload: { text: 'everybody!' }, mentions: ['@all'] };
    return [world.post('/api/messages', { ...message, clientMsgId: `m${++messages}` }, caller)];
  },
  recall: (world, caller, groupId) => [world.post('/api/messages/recall', { groupId, seq: saidSeq }, caller)],
  leave: (world, caller, groupId) => [world.post(`/api/groups/${groupId}/leave`, undefined, caller)],
  add: (world, caller, groupId) => [world.post(`/api/groups/${groupId}/members`, { userIds: ['newcomer'] }, caller)],
  invite: (world, caller, groupId) => [world.post(`/api/groups/${groupId}/invitations`, { userIds: ['newcomer'] }, caller)],
  decide: (world, caller, groupId) => [
    world.get(`/api/groups/${groupId}/requests`, caller),
    world.post(`/api/groups/${groupId}/requests/asker/accept`, undefined, caller),
  ],
  announce: (world, caller, groupId) => [world.post(`/api/groups/${groupId}/notices`, { text: 'hear, hear' }, caller)],
  configure: (world, caller, groupId) => [world.request('PUT', `/api/groups/${groupId}`, { name: 'renamed' }, caller)],
  mute: (world, caller, groupId, other) => [
    world.request('PUT', `/api/groups/${groupId}/members/${other}`, { mutedUntil: Date.now() + hour }, caller),
  ],
  remove: (world, caller, groupId, other) => [world.request('DELETE', `/api/groups/${groupId}/members/${other}`, undefined, caller)],
  promote: (world, caller, groupId, other) => [world.request('PUT', `/api/groups/${groupId}/members/${other}`, { role: 'admin' }, caller)],
  transfer: (world, caller, groupId, other) => [world.post(`/api/groups/${groupId}/transfer`, { userId: other }, caller)],
  dissolve: (world, caller, groupId) => [world.request('DELETE', `/api/groups/${groupId}`, undefined, caller)],
};

/** What the table and the state say. */
function verdictOf(role: Role, state: State, operation: Operation, other: Other | undefined, open: boolean): string {
  if (state === 'left' || state === 'removed' || state === 'dissolved') return 'NOT_GROUP_MEMBER';
  const writing = operation === 'write' || operation === 'mentionAll';
  if (writing && (state === 'muted' || (state === 'mute-all' && roleTable.write[role] === 'unmuted'))) return 'MUTED';
  const rule: string = roleTable[operation][role];
  const otherRank = other === undefined || other === 'oneself' ? ranks[role] : ranks[other];
  const allowed = rule === 'yes' || rule === 'unmuted' || (rule === 'open' && open) || (rule === 'below' && otherRank < ranks[role]);
  if (!allowed) return 'FORBIDDEN';
  return operation === 'announce' && state === 'muted' ? 'MUTED' : 'served';
}

const cells: Cell[] = roles.flatMap((role) =>
  states
    // Nobody is above the owner, who stays until the end.
    .filter((state) => role !== 'owner' || ['present', 'mute-all', 'dissolved'].includes(state))
    .flatMap((state) =>
      operations.flatMap((operation) => {
        const rules = Object.values(roleTable[operation]) as string[];
        const about = rules.includes('below') ? others : [undefined];
        const policies = rules.includes('open') ? [true, false] : [false];
        return about.flatMap((other) =>
          policies.map((open) => ({ role, state, operation, other, open, verdict: verdictOf(role, state, operation, other, open) })),
        );
      }),
    ),
);

describe('in a group', () => {
  let world: World;
  let people: Record<string, Person>;
  const scenes = new Map<string, Promise<Scene>>();

  beforeAll(async () => {
    world = await World.start();
    const names = ['ada', 'bob', 'cy', 'dan', 'eve', 'newcomer', 'asker', 'stranger'];
    people = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await world.person(name)] as const)));
  });
  afterAll(() => world.close());

  const person = (name: string): Person => people[name] ?? { id: name, token: '' };

  /** A group in which the actor of a role is in a state. */
  async function scene({ role, state, open }: Pick<Cell, 'role' | 'state' | 'open'>): Promise<Scene> {
    const [owner, admin, member, otherAdmin, otherMember] = ['ada', 'bob', 'cy', 'dan', 'eve'].map(person) as [
      Person,
      Person,
      Person,
      Person,
      Person,
    ];
    const acting = { owner, admin, member };
    const groupId = await world.group(owner, [admin, member, otherAdmin, otherMember], { joinPolicy: 'approval' });
    const path = `/api/groups/${groupId}`;
    await world.post(`${path}/join`, undefined, person('asker'));
    await world.request('PUT', path, { joinPolicy: open ? 'open' : 'invite' }, owner);
    const said = { groupId, type: 'text', payload: { text: 'hello' }, clientMsgId: 'said' };
    expect((await world.post('/api/messages', said, owner)).body).toMatchObject({ seq: saidSeq });
    const actor = acting[role];
    for (const { id } of [admin, otherAdmin]) await world.request('PUT', `${path}/members/${id}`, { role: 'admin' }, owner);
    const entering: Readonly<Record<State, () => Promise<unknown>>> = {
      present: () => Promise.resolve(),
      muted: () => world.request('PUT', `${path}/members/${actor.id}`, { mutedUntil: Date.now() + hour }, owner),
      'mute-all': () => world.request('PUT', path, { muteAll: true }, owner),
      left: () => world.post(`${path}/leave`, undefined, actor),
      removed: () => world.request('DELETE', `${path}/members/${actor.id}`, undefined, owner),
      dissolved: () => world.request('DELETE', path, undefined, owner),
    };
    await entering[state]();
    return { groupId, people: acting, others: { member: otherMember.id, admin: otherAdmin.id, owner: owner.id, oneself: actor.id } };
  }

  const verdictsOf = async (answers: Promise<Answer>[]) =>
    (await Promise.all(answers)).map((answer) => (answer.status < 300 ? 'served' : World.codeOf(answer)));

  it.each(cells)('$role · $state · $operation $other · open: $open · $verdict', async (cell) => {
    const { role, state, operation, other, open, verdict } = cell;
    const key = `${role} ${state} ${open}`;
    const found = scenes.get(key) ?? scene(cell);
    scenes.set(key, found);
    const { groupId, people: acting, others: named } = await found;
    const verdicts = await verdictsOf(asked[operation](world, acting[role], groupId, named[other ?? 'oneself']));
    expect([...new Set(verdicts)]).toEqual([verdict]);
    // What was served has changed the group.
    if (verdict === 'served') scenes.delete(key);
  });

  it.each(operations)('nobody else may %s, or learns that there is one', async (operation) => {
    const { groupId, others: named } = await scene({ role: 'member', state: 'present', open: false });
    for (const id of [groupId, 'no-such-group']) {
      const verdicts = await verdictsOf(asked[operation](world, person('stranger'), id, named.member));
      expect([...new Set(verdicts)]).toEqual(['NOT_FOUND']);
    }
  });
});
