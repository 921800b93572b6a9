import type { Chat } from '../chat';
import type { Block, ChatState, Friend } from '../state';

/**
 * What a user does about another one. The state shows it as soon as the server has answered: not all of it is told by an event to the device
 * that asked. Everything throws a `ParleyError`.
 */
export class Friendship {
  constructor(private readonly chat: Chat) {}

  /** Asks for friendship; who has asked this user before is a friend at once. */
  async ask(friendId: string, message: string): Promise<void> {
    const request = await this.chat.client.request('addFriend', { body: { friendId, ...(message === '' ? {} : { message }) } });
    this.set(({ friendRequests }) => ({ friendRequests: { ...friendRequests, [request.id]: request } }));
  }

  async accept(id: string): Promise<void> {
    this.known(await this.chat.client.request('acceptFriend', { params: { id } }));
    this.settled(id, 'accepted');
  }

  async reject(id: string): Promise<void> {
    await this.chat.client.request('rejectFriend', { params: { id } });
    this.settled(id, 'rejected');
  }

  async withdraw(id: string): Promise<void> {
    await this.chat.client.request('withdrawFriend', { params: { id } });
    this.settled(id, 'withdrawn');
  }

  /** Gives a friend a name of one's own; none with an empty text. */
  async call(id: string, remark: string): Promise<void> {
    this.known(await this.chat.client.request('updateFriend', { params: { id }, body: { remark: remark === '' ? null : remark } }));
  }

  /** Ends a friendship. */
  async end(id: string): Promise<void> {
    await this.chat.client.request('removeFriend', { params: { id } });
    this.set(({ friends }) => ({ friends: without(friends, id) }));
  }

  async block(userId: string): Promise<void> {
    const block: Block = await this.chat.client.request('addBlock', { body: { userId } });
    this.set(({ blocks }) => ({ blocks: { ...blocks, [userId]: block } }));
  }

  /** Reads whom this user blocks: the first 200 of them, which is all for nearly everybody; of the others the state tells what it knew. */
  async refreshBlocks(): Promise<void> {
    const { blocks, next } = await this.chat.client.request('blocks', { query: { limit: 200 } });
    const read = Object.fromEntries(blocks.map((block) => [block.userId, block]));
    this.set(({ blocks: known }) => ({ blocks: next === null ? read : { ...known, ...read } }));
  }

  async unblock(id: string): Promise<void> {
    await this.chat.client.request('removeBlock', { params: { id } });
    this.set(({ blocks }) => ({ blocks: without(blocks, id) }));
  }

  /** Accepts an invitation into a group. Resolves to its conversation. */
  async acceptInvitation(id: string): Promise<string> {
    const group = await this.chat.client.request('acceptInvitation', { params: { id } });
    this.settledInvitation(id, 'accepted');
    await this.chat.learn(group.convId);
    return group.convId;
  }

  async rejectInvitation(id: string): Promise<void> {
    await this.chat.client.request('rejectInvitation', { params: { id } });
    this.settledInvitation(id, 'rejected');
  }

  /** Lets somebody into a group who has asked, or not. */
  async answerJoiner(groupId: string, askerId: string, isWelcome: boolean): Promise<void> {
    await this.chat.client.request(isWelcome ? 'acceptGroupRequest' : 'rejectGroupRequest', { params: { id: groupId, askerId } });
    const asked = Object.values(this.chat.store.getState().groupRequests).find(
      (one) => one.kind === 'request' && one.groupId === groupId && one.userId === askerId,
    );
    if (asked) this.settledInvitation(asked.id, isWelcome ? 'accepted' : 'rejected');
  }

  private known(friend: Friend): void {
    this.set(({ friends }) => ({ friends: { ...friends, [friend.userId]: friend } }));
  }

  private settled(id: string, state: 'accepted' | 'rejected' | 'withdrawn'): void {
    this.set(({ friendRequests }) => {
      const request = friendRequests[id];
      return request ? { friendRequests: { ...friendRequests, [id]: { ...request, state } } } : {};
    });
  }

  private settledInvitation(id: string, state: 'accepted' | 'rejected'): void {
    this.set(({ groupRequests }) => {
      const request = groupRequests[id];
      return request ? { groupRequests: { ...groupRequests, [id]: { ...request, state } } } : {};
    });
  }

  private set(change: (state: ChatState) => Partial<ChatState>): void {
    this.chat.store.setState(change);
  }
}

function without<T>(known: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = known;
  return rest;
}
