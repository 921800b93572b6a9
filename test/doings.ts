import { c2cConversation, groupConversation } from '@app/protocol';
import type { Answer, Person, Seeded } from '@app/testing';

/** Asks a gateway, any of them, as somebody. */
type Request = (method: string, path: string, body: unknown, person: Person) => Promise<Answer<unknown>>;

/** What the doings choose from. */
export interface Scene {
  readonly people: readonly Person[];
  readonly groupIds: string[];
  readonly random: Seeded;
  readonly request: Request;
}

/** Refusals that doing anything at random may earn; any other answer than success is a fault. */
const refusals = new Set([400, 403, 404, 409, 413]);

/** What somebody may do to others and to their own conversations, by name, and how often of a hundred times. */
const doings: Readonly<Record<string, { readonly weight: number; readonly run: (scene: Scene, by: Person) => Promise<Answer<unknown>> }>> =
  {
    send: { weight: 30, run: (scene, by) => scene.request('POST', '/api/messages', { ...placeOf(scene, by), ...textOf(scene) }, by) },
    'send that mentions': {
      weight: 5,
      run: (scene, by) => {
        const { people, random } = scene;
        const mentions = random.chance(0.3) ? ['@all'] : [random.pick(people).id];
        return scene.request('POST', '/api/messages', { ...groupOf(scene), ...textOf(scene), mentions }, by);
      },
    },
    'send that ends by itself': {
      weight: 2,
      run: (scene, by) => {
        const body = { to: otherOf(scene, by).id, ...textOf(scene) };
        const end = scene.random.chance(0.5) ? { burnAfterRead: true } : { expireAtMs: Date.now() + 300 + scene.random.below(1_500) };
        return scene.request('POST', '/api/messages', { ...body, ...end }, by);
      },
    },
    recall: {
      weight: 6,
      run: (scene, by) => scene.request('POST', '/api/messages/recall', { ...placeOf(scene, by), seq: seqOf(scene) }, by),
    },
    edit: {
      weight: 6,
      run: (scene, by) => {
        const { payload } = textOf(scene);
        return scene.request('POST', '/api/messages/edit', { ...placeOf(scene, by), seq: seqOf(scene), payload }, by);
      },
    },
    read: { weight: 10, run: (scene, by) => scene.request('POST', '/api/messages/read', { ...placeOf(scene, by), seq: seqOf(scene) }, by) },
    deliver: {
      weight: 3,
      run: (scene, by) => scene.request('POST', '/api/messages/delivered', { to: otherOf(scene, by).id, seq: seqOf(scene) }, by),
    },
    'mark all read': { weight: 1, run: (scene, by) => scene.request('POST', '/api/unread/mark_all_read', {}, by) },
    pin: {
      weight: 3,
      run: (scene, by) => scene.request('POST', `${conversationOf(scene, by)}/pin`, { pinned: scene.random.chance(0.6) }, by),
    },
    mute: {
      weight: 2,
      run: (scene, by) => scene.request('POST', `${conversationOf(scene, by)}/mute`, { muted: scene.random.chance(0.6) }, by),
    },
    draft: {
      weight: 3,
      run: (scene, by) =>
        scene.request(
          'POST',
          `${conversationOf(scene, by)}/draft`,
          { text: scene.random.chance(0.6) ? textOf(scene).payload.text : null },
          by,
        ),
    },
    'delete a conversation': {
      weight: 0.5,
      run: (scene, by) => scene.request('POST', '/api/conversations/delete', { convId: convIdOf(scene, by) }, by),
    },
    'ask for friendship': { weight: 4, run: (scene, by) => scene.request('POST', '/api/friends', { friendId: otherOf(scene, by).id }, by) },
    'answer a request': {
      weight: 4,
      run: async (scene, by) => {
        const answer = await scene.request('GET', '/api/friends/requests', undefined, by);
        const { requests } = answer.body as { requests: { id: string }[] };
        if (requests.length === 0) return answer;
        const { id } = scene.random.pick(requests);
        return scene.request('POST', `/api/friends/requests/${id}/${scene.random.chance(0.7) ? 'accept' : 'reject'}`, {}, by);
      },
    },
    remark: {
      weight: 2,
      run: (scene, by) => scene.request('PUT', `/api/friends/${otherOf(scene, by).id}`, { remark: textOf(scene).payload.text }, by),
    },
    unfriend: { weight: 1, run: (scene, by) => scene.request('DELETE', `/api/friends/${otherOf(scene, by).id}`, undefined, by) },
    block: { weight: 0.7, run: (scene, by) => scene.request('POST', '/api/blocks', { userId: otherOf(scene, by).id }, by) },
    unblock: { weight: 5, run: (scene, by) => scene.request('DELETE', `/api/blocks/${otherOf(scene, by).id}`, undefined, by) },
    'make a group': {
      weight: 3,
      run: async (scene, by) => {
        if (scene.groupIds.length >= 12) return scene.request('GET', '/api/groups', undefined, by);
        const memberIds = scene.people.filter(() => scene.random.chance(0.5)).map(({ id }) => id);
        const answer = await scene.request('POST', '/api/groups', { name: textOf(scene).payload.text, memberIds }, by);
        const { groupId } = answer.body as { groupId?: string };
        if (groupId !== undefined) scene.groupIds.push(groupId);
        return answer;
      },
    },
    'change a group': {
      weight: 2,
      run: (scene, by) => {
        const change = scene.random.pick([
          { name: textOf(scene).payload.text },
          { joinPolicy: scene.random.pick(['open', 'approval', 'invite']) },
          { muteAll: scene.random.chance(0.3) },
          { historyFromStart: scene.random.chance(0.5) },
        ]);
        return scene.request('PUT', groupPath(scene), change, by);
      },
    },
    join: { weight: 3, run: (scene, by) => scene.request('POST', `${groupPath(scene)}/join`, {}, by) },
    leave: { weight: 0.7, run: (scene, by) => scene.request('POST', `${groupPath(scene)}/leave`, {}, by) },
    'add a member': {
      weight: 3,
      run: (scene, by) => scene.request('POST', `${groupPath(scene)}/members`, { userIds: [otherOf(scene, by).id] }, by),
    },
    'remove a member': {
      weight: 0.7,
      run: (scene, by) => scene.request('DELETE', `${groupPath(scene)}/members/${otherOf(scene, by).id}`, undefined, by),
    },
    'change a member': {
      weight: 2,
      run: (scene, by) => {
        const change = scene.random.pick([
          { role: scene.random.pick(['admin', 'member']) },
          { mutedUntil: scene.random.chance(0.4) ? Date.now() + 3_600_000 : null },
        ]);
        return scene.request('PUT', `${groupPath(scene)}/members/${otherOf(scene, by).id}`, change, by);
      },
    },
    invite: {
      weight: 2,
      run: (scene, by) => scene.request('POST', `${groupPath(scene)}/invitations`, { userIds: [otherOf(scene, by).id] }, by),
    },
    'answer an invitation': {
      weight: 3,
      run: async (scene, by) => {
        const answer = await scene.request('GET', '/api/groups/invitations', undefined, by);
        const { invitations } = answer.body as { invitations: { id: string }[] };
        if (invitations.length === 0) return answer;
        const { id } = scene.random.pick(invitations);
        return scene.request('POST', `/api/groups/invitations/${id}/${scene.random.chance(0.7) ? 'accept' : 'reject'}`, {}, by);
      },
    },
    'decide a request to join': {
      weight: 3,
      run: (scene, by) => {
        const how = scene.random.chance(0.7) ? 'accept' : 'reject';
        return scene.request('POST', `${groupPath(scene)}/requests/${otherOf(scene, by).id}/${how}`, {}, by);
      },
    },
    'write a notice': { weight: 1, run: (scene, by) => scene.request('POST', `${groupPath(scene)}/notices`, textOf(scene).payload, by) },
    'hand a group over': {
      weight: 1,
      run: (scene, by) => scene.request('POST', `${groupPath(scene)}/transfer`, { userId: otherOf(scene, by).id }, by),
    },
    'dissolve a group': {
      weight: 0.15,
      run: (scene, by) => scene.request('DELETE', groupPath(scene), undefined, by),
    },
  };

const names = Object.keys(doings);
const total = Object.values(doings).reduce((sum, { weight }) => sum + weight, 0);

/** Does something at random; answers its name and how it ended. Throws when the answer is neither success nor a refusal. */
export async function doSomething(scene: Scene): Promise<{ name: string; status: number }> {
  const by = scene.random.pick(scene.people);
  let left = scene.random.next() * total;
  const name = names.find((one) => (left -= doings[one]?.weight ?? 0) < 0) ?? 'send';
  const answer = await (doings[name] as (typeof doings)[string]).run(scene, by);
  if (answer.status >= 300 && !refusals.has(answer.status)) {
    throw new Error(`${name} by ${by.id} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return { name, status: answer.status };
}

const words = ['hello', 'grüß Gott', '你好', 'مرحبا بالعالم', 'a 🍣 and a 👩‍👩‍👧', 'e\u0301 é', '  spaces  '];
const textOf = ({ random }: Scene) => ({
  type: 'text',
  payload: { text: `${random.pick(words)} ${random.below(1_000)}` },
  clientMsgId: `m${random.below(2 ** 31)}`,
});
const otherOf = ({ people, random }: Scene, by: Person): Person => random.pick(people.filter(({ id }) => id !== by.id));
const groupOf = ({ groupIds, random }: Scene) => ({ groupId: random.pick(groupIds) });
const groupPath = (scene: Scene): string => `/api/groups/${groupOf(scene).groupId}`;
const placeOf = (scene: Scene, by: Person): { to: string } | { groupId: string } =>
  scene.random.chance(0.4) ? { to: otherOf(scene, by).id } : groupOf(scene);
const convIdOf = (scene: Scene, by: Person): string => {
  const place = placeOf(scene, by);
  return 'to' in place ? c2cConversation(by.id, place.to).convId : groupConversation(place.groupId).convId;
};
const conversationOf = (scene: Scene, by: Person): string => `/api/conversations/${convIdOf(scene, by)}`;
/** Mostly a place near the beginning: logs of these tests are short. */
const seqOf = ({ random }: Scene): number => 1 + random.below(random.chance(0.5) ? 20 : 120);
