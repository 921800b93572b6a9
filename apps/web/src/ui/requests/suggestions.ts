import type { LogEntry } from '../connections/frame-log';

/** What a field asks for, by its name. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  user: ['to', 'userId', 'friendId', 'askerId', 'from', 'ownerId', 'heirId', 'userIds', 'memberIds', 'mentions', 'authorId'],
  group: ['groupId'],
  conversation: ['convId'],
  session: ['sessionId'],
  message: ['serverMsgId'],
  file: ['fileId', 'fileIds', 'avatarFileId', 'thumbnailId'],
  clientMsgId: ['clientMsgId'],
};

/** What `{id}` of a path means, by the path. */
const idsOfPaths: readonly (readonly [RegExp, string])[] = [
  [/^\/api\/groups\/\{id\}/, 'groupId'],
  [/^\/api\/(users|friends|blocks)\/\{id\}/, 'userId'],
  [/^\/api\/sessions\/\{id\}/, 'sessionId'],
  [/^(\/api)?\/files\/\{id\}/, 'fileId'],
];

/** How many of the newest lines are looked at. */
const reach = 400;
const most = 12;

/** The name under which values for `{id}` of a route are to be found. */
export function meaningOf(name: string, path: string): string {
  return name === 'id' ? (idsOfPaths.find(([pattern]) => pattern.test(path))?.[1] ?? 'id') : name;
}

/** Values for a field that were seen on the wire, the newest first; without the one that is `except`. */
export function suggestionsFor(name: string, entries: readonly LogEntry[], except?: string): string[] {
  const names = Object.values(kinds).find((some) => some.includes(name)) ?? [name];
  const found = new Set<string>();
  for (const { value } of entries.slice(-reach).reverse()) {
    collect(value, names, found);
    if (found.size >= most) break;
  }
  found.delete(except ?? '');
  return [...found].slice(0, most);
}

function collect(value: unknown, names: readonly string[], found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    const isNamed = names.includes(name);
    if (isNamed && typeof one === 'string' && one !== '') found.add(one);
    else if (isNamed && Array.isArray(one)) for (const item of one) if (typeof item === 'string') found.add(item);
    collect(one, names, found);
  }
}
