import { newClientMsgId } from '@app/sdk';
import type { ConsoleClient } from './client';

/** What the demonstration is doing; its texts are `ui.demo.<step>`. */
export type DemoStep = 'register' | 'connect' | 'befriend' | 'group' | 'hello';

const names = [
  'ada',
  'alan',
  'barbara',
  'edsger',
  'grace',
  'hedy',
  'katherine',
  'ken',
  'leslie',
  'lin',
  'margaret',
  'radia',
  'rosa',
  'tim',
];

/**
 * Makes two users and lets them meet: they become friends, are in a group, hear it, and say hello. All of it is what any client can do, and
 * is to be seen in the logs of both. Throws with the server's words when it refuses a step.
 */
export async function demonstrate([first, second]: readonly [ConsoleClient, ConsoleClient], tell: (step: DemoStep) => void): Promise<void> {
  tell('register');
  const [one, two] = twoNames();
  await Promise.all([register(first, one), register(second, two)]);
  tell('connect');
  const [a, b] = await Promise.all([online(first), online(second)]);
  tell('befriend');
  const { id } = await ask<{ id: string }>(first, 'POST', '/api/friends', { friendId: b });
  await ask(second, 'POST', `/api/friends/requests/${id}/accept`);
  tell('group');
  const { groupId } = await ask<{ groupId: string }>(first, 'POST', '/api/groups', { name: `${one} & ${two}`, memberIds: [b] });
  // By the SDK: its timelines come back by themselves after every cut, and begin where they stood.
  for (const { sdk } of [first, second]) sdk?.timeline({ groupId }, { fromSeq: 0 });
  tell('hello');
  await first.sdk?.send({ groupId, type: 'text', payload: { text: `Hello ${two}!` } });
  await second.sdk?.send({ groupId, type: 'text', payload: { text: `Hello ${one}, nice to meet you.` } });
  await second.sdk?.send({ to: a, type: 'text', payload: { text: 'And this one is for you alone.' } });
}

async function register(client: ConsoleClient, username: string): Promise<void> {
  const password = `demo-${newClientMsgId()}`;
  await expectOk(
    client.request({ method: 'POST', path: '/api/register', body: { username, password, nickname: username } }, { open: true }),
  );
  await expectOk(client.logIn(username, password));
}

/** Waits for a connection; resolves with the id of its user. */
function online({ store }: ConsoleClient): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const { status, session, closed } = store.getState();
      if (status === 'online' && session) resolve(session.userId);
      else if (status === 'closed') reject(new Error(closed?.reason ?? 'closed'));
      else return;
      stop();
    };
    const stop = store.subscribe(look);
    look();
  });
}

async function ask<T>(client: ConsoleClient, method: string, path: string, body?: unknown): Promise<T> {
  return (await expectOk(client.request({ method, path, body }))) as T;
}

async function expectOk(asked: Promise<{ ok: boolean; text: string; value: unknown }>): Promise<unknown> {
  const { ok, text, value } = await asked;
  if (!ok) throw new Error(text);
  return value;
}

function twoNames(): [string, string] {
  const at = Math.floor(Math.random() * names.length);
  const other = (at + 1 + Math.floor(Math.random() * (names.length - 1))) % names.length;
  const tail = () =>
    Math.floor(Math.random() * 36 ** 4)
      .toString(36)
      .padStart(4, '0');
  return [`${names[at]}-${tail()}`, `${names[other]}-${tail()}`];
}
