import type { CloseReason, EntryKind } from '@app/protocol';
import type { Operation, Rule } from '../apps/gateway/src/groups/roles';

/** What the protocol page says before its first table. */
export const opening = `<!-- Generated from libs/protocol/src by \`npm run docs:protocol\`; edit there, or scripts/protocol-prose.ts. -->

# The protocol

Two doors lead to the same services: a WebSocket at \`/ws\` for everything that is live, and REST under \`/api\` for the rest and for
programs that only send. Fields may be added to answers and events at any time, so ignore what you do not know; none is renamed or removed.

The same declarations give two machine-readable documents: [OpenAPI](openapi.json), which a gateway also serves at \`GET /api/docs\`, and
[AsyncAPI](asyncapi.json), at \`GET /api/asyncapi\`.

Three words carry most of the meaning. A conversation is a **log** of entries with \`seq\` 1, 2, 3, … without holes. An **ack** means that
what was asked is committed to the store. An **event** says where in the log something stands: every subscriber sees the same stream, the
sender's own connections included.
`;

/** How a connection begins; the table of refusals and the fields of `connected` follow. */
export const connecting = `## Connecting

\`GET /ws\` upgrades to a WebSocket. The token travels in one of three ways; the first that is present counts:

1. \`Sec-WebSocket-Protocol: parley.v1, bearer.<jwt>\`, which is what browsers can do; the server answers \`parley.v1\`,
2. \`Authorization: Bearer <jwt>\`,
3. \`/ws?token=<jwt>\`; proxies like to log addresses, so prefer the others.

\`/ws?deviceId=<id>\` names the device; without it the server makes a name up. A second connection of the same device replaces the first,
which is closed with 4502. The identity comes from the token only: a \`from\` in a client's frame is ignored.

An \`Origin\` header of another host is refused unless \`allowedOrigins\` lists it. No \`Origin\` at all (not a browser) is fine.

A refusal is an HTTP answer to the upgrade, with the body of an [error](#error):
`;

/** Status, meaning, and whether `Retry-After` comes with it. */
export const refusals: readonly (readonly [string, string])[] = [
  ['400', 'The `deviceId` is not an id'],
  ['401', 'The token is missing, not valid, or expired'],
  ['403', 'The origin is not allowed, or the user is banned'],
  ['404', 'Another path'],
  ['429', 'The user holds too many connections to this gateway; `Retry-After` says when to come back'],
  ['503', 'The gateway is starting, draining or full; `Retry-After` says when to come back'],
];

export const afterConnected = `The server pings, and drops a peer that has been silent for two periods of \`heartbeatMs\`. WebSocket libraries answer
pings by themselves; the action \`ping\` is for clients that want to notice a dead line earlier. After every connect, call
[\`sync\`](#sync) and subscribe to your groups again with \`fromSeq\`.
`;

export const framesAndReplies = `## Frames and replies

A frame is one text message with one JSON object. From a client:

\`\`\`json
{ "action": "send", "ref": "7", "data": { "to": "bob", "type": "text", "payload": { "text": "hi" }, "clientMsgId": "b1f0" } }
\`\`\`

\`ref\` is yours, a string of at most 128 characters, and comes back in the reply. \`data\` may be left out where nothing is required.

From the server, a reply or an event; events have no \`ref\`:

\`\`\`json
{ "action": "ack", "ref": "7", "data": { "convId": "c2c:alice:bob", "seq": 3, "…": "…" } }
{ "action": "error", "ref": "8", "data": { "code": "NOT_FOUND", "message": "there is no such thing" } }
{ "action": "message", "data": { "convId": "c2c:alice:bob", "seq": 3, "…": "…" } }
\`\`\`

- **Every frame gets exactly one reply**, or the connection closes. That holds for frames that are not JSON, are binary, or name no known
  action; the error carries \`ref\` if one could be read.
- Frames of one connection are started in the order in which they arrive, and their replies leave in that order.
- The ack usually precedes the event of the same message; accept either order. \`clientMsgId\` tells a sender its own.
- A \`send\` that was not acked is retried with the same \`clientMsgId\`: what was stored already is acked with its first \`seq\` and
  \`duplicate: true\`, and nothing is stored twice. The first payload wins.
- When a \`send\` fails with \`UNAVAILABLE\`, later ones of the same connection to the same conversation that are not yet stored fail with
  it, so that retrying them in order stores them in order.
- A frame larger than \`maxFrameBytes\` closes the connection with 1009.
`;

export const idsAndTargets = `## Ids and targets

Ids of users, groups and devices are 1 to 64 of \`A-Z a-z 0-9 . _ -\`, and case matters. A conversation id is \`c2c:<a>:<b>\` with the two
user ids sorted by bytes, or \`group:<groupId>\`; any other form is refused. \`clientMsgId\` is yours: 1 to 64 printable ASCII characters,
unique per conversation and sender. \`serverMsgId\` and sync tokens are opaque. Times are milliseconds since 1970, from the server.

A request names its conversation by one of \`to\` (a user), \`groupId\` or \`convId\`. Several that disagree are \`BAD_REQUEST\`, and so is
\`to\` yourself. A conversation that you never had a right to is \`NOT_FOUND\`, exactly as if it did not exist. A former member of a group
may still read what stood there at the time, and gets \`NOT_GROUP_MEMBER\` for anything else.

A member sees a group's log through a **window**: from the entry that let them in to the entry that let them out. What was said before is
hidden, a \`fromSeq\` before the window begins with it, and joining again opens a new window and hides the old one. Deleting a
conversation (\`POST /api/conversations/delete\`) moves the beginning of your own window behind all that it holds, in a c2c too: drop what
you keep up to \`hiddenSeq\`. The next message brings the conversation back into your list.

Where a group has \`historyFromStart\`, the window of whoever joins begins with the log, and what was said before they came counts as read.
The end of a group (\`group_dissolved\`) ends the window of everybody who is in it: what was said stays readable, anything else is
\`NOT_GROUP_MEMBER\`, and \`sync\` tells the conversation with \`left: true\`.

Tokens that your own login signs (HS256 with the gateway's secret, \`sub\` is the user id) work like the gateway's. Without \`exp\` such a
token lives as long from its \`iat\` as the gateway's do; with neither it is refused. It has no session: it is not listed, refreshed
or ended here.

Text with NUL or lone surrogates is \`BAD_REQUEST\`, since no store and no peer would hand it back unchanged.
`;

/** What each operation of the table of roles is. */
export const operations: Readonly<Record<Operation, string>> = {
  look: 'See the group, its members and notices, and hear it',
  write: 'Send messages',
  mentionAll: 'Mention everybody (`@all`)',
  recall: 'Recall messages of others, and their own at any time',
  leave: 'Leave',
  add: 'Make users members',
  invite: 'Invite users',
  decide: 'Decide on requests to join',
  announce: 'Post notices',
  configure: 'Change name, join policy, mute all, history from the start, slow mode; write again at once in slow mode',
  mute: 'Keep a member from writing',
  remove: 'Remove a member',
  promote: 'Make a member an admin, or an admin a member',
  transfer: 'Hand the group over',
  dissolve: 'End the group',
};

/** What each rule of that table says. */
export const rules: Readonly<Record<Rule, string>> = {
  yes: 'yes',
  no: 'no',
  below: 'to those below',
  open: 'while `joinPolicy` is `open`',
  unmuted: 'unless `muteAll`',
};

/** What a group is to those in it; the table of roles follows. */
export const groups = `## Groups

A group has one owner, admins and members. Who is not in it is told \`NOT_FOUND\`, who was \`NOT_GROUP_MEMBER\`, and whose role does not
allow something \`FORBIDDEN\`:
`;

export const afterRoles = `Below the owner are admins and members, below an admin members. Somebody who is muted neither writes nor posts notices (\`MUTED\`), whatever their
role; a mute outlives leaving and coming back, a role does not. Who hands the group over is an admin then, and the heir may write.

\`minSecondsBetweenMessages\` puts a group into slow mode: a message that a member sends earlier than so many seconds after their last one is
\`RATE_LIMIT\`, with \`retryAfterMs\` and the \`convId\` that has to wait; what is sent elsewhere need not. It counts what was sent before slow mode
began, on every device, and what was taken back since; leaving and coming back does not start it anew. A retry of what is stored is acked as
ever. Edits, recalls and entries of other kinds are free.

How one comes in depends on \`joinPolicy\`. \`open\`: \`POST /api/groups/:id/join\` makes you a member. \`approval\`: it answers
\`status: "requested"\`, and the owner or an admin decides. \`invite\`: it is \`NOT_FOUND\` without an invitation. An invitation lets you in whatever
the policy, by accepting it or by joining, as long as who invited you may still invite. Requests and invitations expire after
\`groupRequestDays\`. To decide the same twice is harmless; what was settled otherwise, has expired or is void is \`CONFLICT\`. Where one of two
users blocks the other, neither puts the other into a group (\`BLOCKED\`), and who blocks you does not hear of your invitation.

Of what happens in a group its log tells those who hear it; \`group_joined\`, \`group_removed\` and \`group_request\` tell the devices of those whom it
is about. The end of a group is told by its log and by \`sync\`, to its owner's devices by \`group_removed\` too.
`;

/** What users keep for themselves. */
export const favorites = `## Favorites

A favorite is a copy of a message, or something that you made up (\`POST /api/favorites/custom\`), kept for yourself: nobody else sees it or hears
of it, and your other devices learn of it by asking. What it shows is what the message said when it became one. That stays when the message
is edited or recalled, when its conversation is deleted, and when you leave; only you end it. Of what you cannot read none can be made
(\`NOT_FOUND\`), and none of a message with \`burnAfterRead\` or \`expireAtMs\`, by nobody (\`FORBIDDEN\`): such a message is to be
gone one day. A favorite holds the payload alone: a file that is named there is not kept with it, and it gives no right to one.

Of a message you have at most one favorite. To ask for it again is harmless: the copy stays the first one, and tags or a note that are given
replace those that were there. Whoever wants what the message says now removes the favorite first.

A search takes the keyword as it is written: no character of it stands for others. It looks for it in the note, the tags and every text of the
payload, in that order and in the first 4,000 characters of them, without regard to case, to width, and to how a character is composed. A page
may be shorter than its \`limit\`: there is more where \`next\` is not null.
`;

export const buckets = {
  send: "Takes from the send buckets (`sendQps` and `sendBurst` per user and device, four times as much per user), beside the connection's frame bucket.",
  frame: "Takes from the connection's frame bucket only.",
} as const;

/** What each action may add to its summary; most have nothing to add. */
export const actionNotes: Readonly<Partial<Record<string, string>>> = {
  send: 'A `text` message has `payload: {"text": …}` with a text in it; the payloads of other types are up to you, nested at most 64 deep, with numbers that a double holds. `payload.fileId` and `payload.thumbnailId` of any type name files that the message carries ([files.md](files.md#in-a-message)). `replyTo` must be a message that you can see, `mentions` must be members, and `@all` is for the owner and admins of a group. A c2c message reaches all devices of both users without subscribing. A refused retry is first looked up by its `clientMsgId`: what was stored before you lost the right is still acked. `RATE_LIMIT` comes from the buckets, or with a `convId` from the slow mode of that group (see [Groups](#groups)).',
  subscribe_group:
    'With `fromSeq`, entries after it follow the ack as events, oldest first, then live ones. If more are missing than the recovery limit, the ack says `recovered: false`, only live ones follow, and you page `entries` or `history`; so it is for a `fromSeq` beyond `lastSeq`. A second subscription to the same group is acked and starts no second stream.',
  history: 'Name `beforeSeq` or `afterSeq`, or neither. A recalled message has `recalled: true` and no payload.',
  sync: 'Pass the `next` of the answer before; while `hasMore` is true, call again at once, after a cut too. Without `since` everything that is there is told, and nothing of what ended: forget what you knew. A conversation that you left since, or whose group was dissolved, appears with `left: true`, one that you deleted with `hidden: true`: take both out of the list. The `receipt` of a line tells how far the other user of a c2c is; across a block it is missing. A friendship that ended and a block that was lifted come with `removed: true`, a request for friendship with its state: keep those that are `pending`, until `expiresAt`. A token may repeat what changed shortly before it: applying a line twice is harmless.',
  read: '`unread` counts the messages above the position that others wrote and did not take back; entries of other kinds and `system` messages do not count. `mentionedUnread` counts those of them that mention you or `@all`. Only `read` and `POST /api/unread/mark_all_read` move the position: sending does not, and nor does deleting, though nothing that you deleted counts. In a c2c the other user is told by a `receipt`.',
  delivered: 'What was read was delivered. Where it moves, the other user is told by a `receipt`, unless one of you has blocked the other.',
  typing:
    'Of your typing in a conversation at most one event in three seconds is told, and the last of several words at the end of them. Your own connections hear nothing of it, and nor does a group above `presenceGroupSize` members.',
  presence:
    'Only friends, members of a group that you are in, and yourself; nobody across a block, and of somebody in more than 500 groups those count in which something happened last. `devices` says how many are connected, on whichever gateway. A friend who comes with their first device, or goes with the last and is not back within a fifth of a heartbeat (at most five seconds), is told by the event `presence`, to at most 500 friends; it is a hint: ask after a reconnect. When a gateway dies, its users are gone after two heartbeats.',
  recall: 'Name the message by `seq` or by `serverMsgId`.',
  edit: 'The message keeps its place, its `replyTo` and its `mentions`, and shows the new payload and `editedAt` from now on, in `history` and `entries` too. The same edit again is acked with the first `editedAt`. An edit is said now: who joined since the message hears what it says, as everybody does.',
};

export const eventsOpening = `## Events

An event for a conversation has the \`seq\` of its entry. A client that sees a \`seq\` above the one it expects holds it back and reads the
hole with [\`entries\`](#entries); a \`seq\` that it has seen already is a repeat. Every entry may be applied twice. Numbers that \`entries\`
itself passes over are outside your window (see [Ids and targets](#ids-and-targets)): go on after them. A group that somebody put you in,
or that you joined elsewhere, appears with the next [\`sync\`](#sync).
`;

/** What happened, for each kind of entry that is not a message. */
export const entryKinds: Readonly<Record<EntryKind, string>> = {
  recalled: 'A message was taken back: erase its payload',
  edited: 'A text message says something else now: show `payload`',
  group_created: 'The first entry of a group; the owner is `from`',
  member_joined: 'Somebody joined',
  member_left: 'Somebody left or was removed, and hears nothing after this entry',
  member_updated: 'A member has another role, was muted until `mutedUntil`, or may write again',
  group_updated: "The group's own fields changed, or a notice was posted; only what changed is told",
  group_dissolved: 'The group has ended for everybody: nothing follows',
};

/** What each close code tells a client. */
export const closeReasons: Readonly<Record<CloseReason, string>> = {
  GOING_AWAY: 'The gateway stops; reserved, this version sends 1012',
  TOO_BIG: 'A frame was larger than `maxFrameBytes`',
  RESTART: 'The gateway restarts; a `closing` event came before',
  SLOW_CONSUMER: 'More was waiting for this client than may wait',
  NO_PONG: 'Silent for two heartbeats',
  TOO_MANY_FRAMES: 'Frames kept coming far above the limit',
  BAD_TOKEN: 'The token is not valid any more; reserved, this version refuses it at the upgrade',
  TOKEN_EXPIRED: 'The token has reached its end; refresh it or log in',
  REPLACED: 'The same device connected again',
  KICKED: 'The session was ended',
  PROTOCOL: 'The client broke the protocol; reserved, this version closes what is no WebSocket frame with 1002 and bad UTF-8 with 1007',
};

export const closing = `## Close codes

Codes that let a client come back ask for a random delay first, so that a restart does not bring everybody at once. The others will not
change by trying again with the same credentials.
`;

export const errorsOpening = `## Errors

The same codes everywhere; over REST they come with a status.
\`UNAVAILABLE\` and \`INTERNAL\` may be tried again, \`RATE_LIMIT\` after
\`retryAfterMs\`.
`;

export const restOpening = `## REST

JSON in and out. \`Authorization: Bearer <jwt>\` unless the route says otherwise; an error has its status and the body of an
[error](#error). Beside the codes listed with it, any route may answer \`UNAVAILABLE\` or \`INTERNAL\`. User names are folded to lower case.
Beside these there are \`GET /healthz\`, \`GET /readyz\` and \`GET /metrics\` for operators.

Files are uploaded and read as [files.md](files.md) tells: some of their routes take or give bytes, or a form, instead of JSON.
`;

/** A configuration key, and what a client sees beyond that limit. */
export const limits: readonly (readonly [key: string, answer: string])[] = [
  ['wsSendQPS', '`RATE_LIMIT`; told in `connected` as `sendQps`'],
  ['wsSendBurst', '`RATE_LIMIT`; told in `connected` as `sendBurst`'],
  ['framesPerSecond', '`RATE_LIMIT`; at ten times as much, close 4003'],
  ['framesBurst', '`RATE_LIMIT`'],
  ['maxFrameBytes', 'close 1009'],
  ['maxPayloadBytes', '`TOO_LARGE`'],
  ['maxBodyBytes', '`TOO_LARGE`'],
  ['maxFramesInFlight', 'the server reads on when earlier frames are answered'],
  ['maxOutboxBytes', 'close 4001'],
  ['maxConnectionsPerUser', 'upgrade refused with 429'],
  ['maxConnections', 'upgrade refused with 503'],
  ['maxSubscriptionsPerConnection', '`TOO_LARGE`'],
  ['recoveryLimit', '`recovered: false`'],
  ['maxGroupSize', '`TOO_LARGE`'],
  ['maxFavorites', '`TOO_LARGE`'],
  ['files.maxBytes', '`TOO_LARGE`'],
  ['files.maxUploadBytes', '`TOO_LARGE`'],
  ['files.quotaBytes', '`TOO_LARGE`'],
  ['files.maxPending', '`TOO_LARGE`'],
  ['files.uploadLifetimeSeconds', '`FORBIDDEN`'],
  ['files.linkLifetimeSeconds', '`FORBIDDEN`'],
  ['recallWindowSeconds', '`RECALL_EXPIRED`'],
  ['tokenLifetimeSeconds', 'close 4501; `UNAUTHENTICATED` over REST'],
];

export const limitsOpening = `## Limits

Each is a [configuration key](config.md); these are the defaults.
`;
