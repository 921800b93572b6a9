import { createHmac } from 'node:crypto';
import { Writable } from 'node:stream';
import { type ErrorBody, type RouteDeclaration, type RouteName, errors, routes } from '@app/protocol';
import { Database } from '@app/storage';
import { type Person, World, RawSocket } from '@app/testing';
import { pino } from 'pino';
import { Admission } from '../socket/admission';

const declared = Object.entries(routes) as [RouteName, RouteDeclaration][];
const password = 'a good password';

describe('the HTTP edge', () => {
  let world: World;
  let ada: Person;

  beforeAll(async () => {
    world = await World.start({ objectStorage: { callbackSecret: 'a secret of the storage' } });
    ada = await world.person('ada');
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => world.close());

  /** A request as it is, with the answer's body as text. */
  const fetched = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${world.http}${path}`, { redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  describe('health', () => {
    it('of the process is told at /healthz, whatever else may be wrong', async () => {
      jest.spyOn(world.gateway.app.get(Database), 'ping').mockRejectedValue(new Error('gone'));
      const { status, body, headers } = await world.get('/healthz');
      expect([status, body.status, headers.get('cache-control')]).toEqual([200, 'ok', 'no-store']);
    });

    it('to be given work is told at /readyz', async () => {
      const { status, body, headers } = await world.get('/readyz');
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toMatchObject({ status: 'ok', details: { store: { status: 'up' } } });
    });

    it('is lost while the store does not answer', async () => {
      jest.spyOn(world.gateway.app.get(Database), 'ping').mockRejectedValue(new Error('connect ECONNREFUSED 10.1.2.3'));
      const { status, body } = await world.get('/readyz');
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: 'error', details: { store: { status: 'down' } } });
      expect(JSON.stringify(body)).not.toContain('10.1.2.3');
      jest.restoreAllMocks();
      expect((await world.get('/readyz')).status).toBe(200);
    });

    it('is lost within two seconds when the store hangs', async () => {
      jest.spyOn(world.gateway.app.get(Database), 'ping').mockReturnValue(new Promise(() => undefined));
      const answer = await Promise.race([world.get('/readyz'), new Promise((resolve) => setTimeout(resolve, 2_500))]);
      expect(answer).toMatchObject({ status: 503, body: { details: { store: { status: 'down' } } } });
      jest.restoreAllMocks();
    });

    it('is degraded, and not lost, while other gateways are not heard', () =>
      World.during({ redisUrl: 'redis://127.0.0.1:1' }, async (alone) => {
        const { status, body } = await alone.get('/readyz');
        expect(status).toBe(200);
        expect(body).toMatchObject({ status: 'ok', degraded: ['bus'], details: { bus: { status: 'up', degraded: true } } });
        const [alice, bob] = [await alone.person('alice'), await alone.person('bob')];
        const [sender, listener] = [await alone.connect(alice), await alone.connect(bob)];
        await sender.say({ to: bob.id }, 'hello');
        expect(await listener.next('message')).toMatchObject({ from: 'alice', seq: 1 });
      }));

    it('is lost while the process stops', async () => {
      const admission = world.gateway.app.get(Admission);
      admission.draining = true;
      const { status, body } = await world.get('/readyz');
      admission.draining = false;
      expect(status).toBe(503);
      expect(body).toMatchObject({ details: { drain: { status: 'down' }, store: { status: 'up' } } });
    });
  });

  it('refuses a request without a Host in the words of the catalogue', async () => {
    const socket = await RawSocket.open(world.gateway.port);
    socket.write('POST /api/login HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    await socket.closed;
    expect(socket.received).toMatch(/^HTTP\/1.1 400 [^]*"code":"BAD_REQUEST"/);
  });

  it('shows the metrics of the protocol, in the format of Prometheus', async () => {
    const client = await world.connect(ada);
    await client.say({ groupId: await world.group(ada) }, 'hello');
    const { status, headers, text } = await fetched('/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(
        [
          ...['connections', 'connections_total', 'frames_total', 'frame_errors_total', 'sends_total', 'send_seconds', 'log_flush_seconds'],
          ...[
            'log_flush_entries',
            'deliveries_total',
            'delivery_seconds',
            'hub_gaps_total',
            'bus_up',
            'rate_limited_total',
            'slow_consumers_total',
          ],
        ].map((name) => `parley_${name}`),
      ),
    );
    expect(text).toMatch(/^parley_connections 1$/m);
    expect(text).toMatch(/^parley_sends_total\{type="text"\} 1$/m);
    expect(text).toMatch(/^parley_connections_total\{result="accepted"\} 1$/m);
    expect(text).toMatch(/^parley_send_seconds_count 1$/m);
    expect(text).not.toContain(ada.id);
  });

  describe('an error', () => {
    const login = (body: string, contentType?: string) =>
      fetched('/api/login', { method: 'POST', body, headers: contentType === undefined ? {} : { 'content-type': contentType } });
    const good = JSON.stringify({ username: 'ada', password });

    it.each([
      ['JSON that is broken', () => login('{"username":', 'application/json'), 'BAD_REQUEST'],
      ['JSON that is no object', () => login('[1]', 'application/json'), 'BAD_REQUEST'],
      ['JSON that would reach a prototype', () => login(`{"__proto__":{"a":1},${good.slice(1)}`, 'application/json'), 'BAD_REQUEST'],
      ['an empty body', () => login('', 'application/json'), 'BAD_REQUEST'],
      ['a body of another type', () => login(good, 'text/plain'), 'BAD_REQUEST'],
      ['a body of XML', () => login('<login/>', 'application/xml'), 'BAD_REQUEST'],
      ['a body of parts', () => login('--x--', 'multipart/form-data; boundary=x'), 'BAD_REQUEST'],
      ['a body that is too large', () => login(`"${'a'.repeat(world.config.maxBodyBytes)}"`, 'application/json'), 'TOO_LARGE'],
      ['an unknown path', () => fetched('/api/nothing'), 'NOT_FOUND'],
      ['an unknown path elsewhere', () => fetched('/nothing'), 'NOT_FOUND'],
      ['a method that the route does not have', () => fetched('/api/login', { method: 'DELETE' }), 'NOT_FOUND'],
      ['the path of WebSockets without an upgrade', () => fetched('/ws'), 'NOT_FOUND'],
      ['no token', () => fetched('/api/users/me'), 'UNAUTHENTICATED'],
      [
        'a token of another scheme',
        () => fetched('/api/users/me', { headers: { authorization: `Basic ${ada.token}` } }),
        'UNAUTHENTICATED',
      ],
      ['a token in the query', () => fetched(`/api/users/me?token=${ada.token}`), 'UNAUTHENTICATED'],
    ] as const)('about %s has a status and a body of the catalogue', async (_, ask, code) => {
      const { status, headers, text } = await ask();
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      const body = JSON.parse(text) as ErrorBody;
      expect([status, body.code]).toEqual([errors[code].status, code]);
      expect(Object.keys(body).filter((key) => !['code', 'message', 'issues'].includes(key))).toEqual([]);
      expect(body.message).not.toBe('');
    });

    it('of our own fault says nothing of it but an id that the log has too', async () => {
      const lines: string[] = [];
      const log = pino({ level: 'error' }, new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) }));
      await World.during(
        {},
        async (other) => {
          const person = await other.person('ada');
          jest.spyOn(other.gateway.app.get(Database), 'rows').mockRejectedValue(new Error('a secret of the store'));
          const { status, body } = await other.get('/api/groups', person);
          expect(status).toBe(500);
          expect(body).toEqual({ code: 'INTERNAL', message: errors.INTERNAL.message, errorId: expect.any(String) as string });
          expect(lines.filter((line) => line.includes(String(body.errorId)))).toHaveLength(1);
        },
        { log },
      );
    });
  });

  it('leads people from / to the chat app, and shows its pages and documents', async () => {
    const root = await fetched('/');
    expect([root.status, root.headers.get('location')]).toEqual([302, '/app']);
    for (const path of ['/app', '/ui']) {
      const { status, headers } = await fetched(path);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    expect((await world.get('/api/docs')).body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) as string });
    expect((await world.get('/api/asyncapi')).body).toMatchObject({ asyncapi: '3.0.0' });
  });

  it('tells a page of another origin nothing', async () => {
    const { headers } = await fetched('/api/users/me', {
      headers: { origin: 'https://evil.example.org', authorization: `Bearer ${ada.token}` },
    });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('mounts every declared route, and declares every mounted one below /api and /files', () => {
    const undeclared = ['GET /api/docs', 'GET /api/asyncapi'];
    const expected = [...declared.map(([, { method, path }]) => `${method} ${path}`), ...undeclared];
    expect(
      mountedRoutes()
        .filter((line) => / \/(api|files)/.test(line))
        .sort(),
    ).toEqual(expected.sort());
  });

  /** Every `METHOD /path` that the HTTP server has, read from its tree of routes. */
  function mountedRoutes(): string[] {
    const server = world.gateway.app.getHttpAdapter().getInstance() as { printRoutes(options: object): string };
    const above: string[] = [];
    return server
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .flatMap((line) => {
        const [, indent, part, methods] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
        if (indent === undefined || part === undefined) return [];
        const depth = indent.length / 4;
        above.length = depth;
        above.push(part);
        const path = above.join('/').replace(/\/+/g, '/');
        return (methods ?? '')
          .split(', ')
          .filter((method) => method !== 'HEAD' && method !== 'OPTIONS')
          .map((method) => `${method} ${path}`);
      });
  }

  it('answers on every route what the route declares, to the letter', async () => {
    const [bob, carol] = [await world.person('bob'), await world.person('carol')];
    const groupId = await world.group(ada, [bob]);
    const convId = `group:${groupId}`;
    await world.request('PUT', `/api/groups/${groupId}`, { joinPolicy: 'approval' }, ada);
    for (const name of ['dan', 'eve']) await world.post(`/api/groups/${groupId}/join`, undefined, await world.person(name));
    for (const name of ['one', 'two']) {
      const other = await world.group(bob, [], { name });
      await world.post(`/api/groups/${other}/invitations`, { userIds: [ada.id] }, bob);
    }
    const { invitations } = (await world.get<{ invitations: { id: string }[] }>('/api/groups/invitations', ada)).body;
    await world.post('/api/register', { username: 'conform', password });
    const login = async () => (await world.post<{ userId: string; token: string }>('/api/login', { username: 'conform', password })).body;
    const [leaving, staying] = [await login(), await login()];
    const conform = { id: staying.userId, token: staying.token };
    const { body: list } = await world.get<{ sessions: { id: string }[] }>('/api/sessions', { id: '', token: leaving.token });
    const message = { groupId, type: 'text', payload: { text: 'hello' }, clientMsgId: 'one', mentions: ['bob'] };

    const cem = await world.person('cem');
    const dan = await world.person('dan');
    const { body: favorite } = await world.post<{ id: string }>('/api/favorites/custom', { payload: {} }, bob);
    const favoriteId = favorite.id;
    const ask = async (from: Person, friendId: string) => (await world.post<{ id: string }>('/api/friends', { friendId }, from)).body.id;
    const [fromBob, fromCem, toCem] = [await ask(bob, ada.id), await ask(cem, ada.id), await ask(bob, cem.id)];

    const words = JSON.stringify({ said: 'hello' });
    const form = new FormData();
    form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt');
    const callback = (fileId: string) => {
      const timestamp = Date.now();
      const signature = createHmac('sha256', 'a secret of the storage').update(`${timestamp}\n${fileId}`).digest('hex');
      return { fileId, timestamp, signature };
    };
    const create = async () => {
      const input = { name: 'a.json', size: words.length, mimeType: 'application/json' };
      return (await world.post<{ fileId: string; upload: { url: string } }>('/api/files', input, ada)).body;
    };
    const [reported, mine] = [await create(), await create()];
    await world.request('PUT', reported.upload.url, words);

    const asked: { [R in RouteName]: readonly [path: string, body: unknown, person: Person | undefined] } = {
      register: ['/api/register', { username: 'newcomer', password }, undefined],
      login: ['/api/login', { username: 'conform', password }, undefined],
      refresh: ['/api/token/refresh', undefined, conform],
      sessions: ['/api/sessions', undefined, conform],
      revokeSession: [`/api/sessions/${list.sessions.at(-1)?.id}`, undefined, conform],
      logout: ['/api/logout', undefined, conform],
      me: ['/api/users/me', undefined, ada],
      updateMe: ['/api/users/me', { nickname: 'Ada', avatarUrl: 'https://example.org/a.png' }, ada],
      searchUsers: ['/api/users/search?q=b', undefined, ada],
      users: ['/api/users?userIds=bob,nobody', undefined, ada],
      user: ['/api/users/bob', undefined, ada],
      createGroup: ['/api/groups', { name: 'another', memberIds: ['bob'] }, ada],
      groups: ['/api/groups?limit=1', undefined, ada],
      group: [`/api/groups/${groupId}`, undefined, bob],
      groupMembers: [`/api/groups/${groupId}/members?limit=1`, undefined, bob],
      send: ['/api/messages', message, ada],
      friendRequests: ['/api/friends/requests?direction=in', undefined, ada],
      acceptFriend: [`/api/friends/requests/${fromBob}/accept`, undefined, ada],
      rejectFriend: [`/api/friends/requests/${fromCem}/reject`, undefined, ada],
      withdrawFriend: [`/api/friends/requests/${toCem}`, undefined, bob],
      addFriend: ['/api/friends', { friendId: dan.id, remark: 'Dan', message: 'hello' }, ada],
      friends: ['/api/friends?limit=1', undefined, ada],
      updateFriend: [`/api/friends/${bob.id}`, { remark: 'Bobby' }, ada],
      removeFriend: [`/api/friends/${bob.id}`, undefined, ada],
      addBlock: ['/api/blocks', { userId: cem.id }, dan],
      blocks: ['/api/blocks', undefined, dan],
      removeBlock: [`/api/blocks/${cem.id}`, undefined, dan],
      edit: ['/api/messages/edit', { groupId, seq: 3, payload: { text: 'hello again' } }, ada],
      typing: ['/api/typing', { groupId, typing: true }, ada],
      presence: [`/api/presence?userIds=${ada.id},${bob.id}`, undefined, ada],
      devices: ['/api/users/me/devices', undefined, ada],
      addFavoriteMessage: ['/api/favorites/message', { convId, seq: 3, tags: ['a tag'], note: 'a note' }, ada],
      addFavoriteCustom: ['/api/favorites/custom', { payload: { text: 'mine' } }, ada],
      favorites: ['/api/favorites?type=text&tags=a%20tag&limit=1', undefined, ada],
      searchFavorites: ['/api/favorites/search?keyword=hello', undefined, ada],
      favoriteStats: ['/api/favorites/stats', undefined, ada],
      updateFavorite: [`/api/favorites/${favoriteId}`, { tags: ['a tag'], note: null }, bob],
      removeFavorite: [`/api/favorites/${favoriteId}`, undefined, bob],
      recall: ['/api/messages/recall', { groupId, seq: 3 }, ada],
      read: ['/api/messages/read', { groupId, seq: 3 }, bob],
      history: [`/api/messages/history?convId=${convId}`, undefined, bob],
      entries: [`/api/messages/entries?convId=${convId}&afterSeq=0`, undefined, bob],
      conversations: ['/api/conversations?limit=1', undefined, bob],
      delivered: ['/api/messages/delivered', { to: ada.id, seq: 1 }, bob],
      unreadSummary: ['/api/unread/summary', undefined, bob],
      markAllRead: ['/api/unread/mark_all_read', undefined, bob],
      pinConversation: [`/api/conversations/${convId}/pin`, { pinned: true }, bob],
      muteConversation: [`/api/conversations/${convId}/mute`, { muted: true }, bob],
      saveDraft: [`/api/conversations/${convId}/draft`, { text: 'I was about to' }, bob],
      deleteConversation: ['/api/conversations/delete', { convId }, bob],
      inviteToGroup: [`/api/groups/${groupId}/invitations`, { userIds: [carol.id] }, ada],
      groupInvitations: ['/api/groups/invitations?limit=1', undefined, ada],
      acceptInvitation: [`/api/groups/invitations/${invitations[0]?.id}/accept`, undefined, ada],
      rejectInvitation: [`/api/groups/invitations/${invitations[1]?.id}/reject`, undefined, ada],
      groupRequests: [`/api/groups/${groupId}/requests?limit=1`, undefined, ada],
      acceptGroupRequest: [`/api/groups/${groupId}/requests/dan/accept`, undefined, ada],
      rejectGroupRequest: [`/api/groups/${groupId}/requests/eve/reject`, undefined, ada],
      updateGroup: [
        `/api/groups/${groupId}`,
        { name: 'renamed', muteAll: true, historyFromStart: true, joinPolicy: 'open', minSecondsBetweenMessages: 5 },
        ada,
      ],
      postNotice: [`/api/groups/${groupId}/notices`, { text: 'welcome' }, ada],
      groupNotices: [`/api/groups/${groupId}/notices`, undefined, bob],
      addMembers: [`/api/groups/${groupId}/members`, { userIds: [bob.id, carol.id] }, ada],
      updateMember: [`/api/groups/${groupId}/members/${bob.id}`, { role: 'admin', mutedUntil: 1 }, ada],
      leaveGroup: [`/api/groups/${groupId}/leave`, undefined, bob],
      joinGroup: [`/api/groups/${groupId}/join`, undefined, bob],
      removeMember: [`/api/groups/${groupId}/members/${bob.id}`, undefined, ada],
      transferGroup: [`/api/groups/${groupId}/transfer`, { userId: carol.id }, ada],
      dissolveGroup: [`/api/groups/${groupId}`, undefined, carol],
      createFile: ['/api/files', { name: 'b.json', size: 1, mimeType: 'application/json' }, ada],
      uploadFile: ['/api/files/upload', form, ada],
      fileCallback: ['/api/files/callback', callback(reported.fileId), undefined],
      putContent: [mine.upload.url, words, undefined],
      completeFile: [`/api/files/${mine.fileId}/complete`, undefined, ada],
      files: ['/api/files?limit=1&offset=0', undefined, ada],
      file: [`/api/files/${mine.fileId}`, undefined, ada],
      fileLinks: ['/api/files/links', { fileIds: [mine.fileId] }, ada],
      downloadFile: [`/files/${mine.fileId}`, undefined, ada],
      deleteFile: [`/api/files/${mine.fileId}`, undefined, ada],
    };
    for (const [name, [path, body, person]] of Object.entries(asked) as [RouteName, (typeof asked)[RouteName]][]) {
      const route: RouteDeclaration = routes[name];
      const answer = await world.request(route.method, path, body, person);
      const type = route.bytes === 'given' ? 'application/json' : 'application/json; charset=utf-8';
      expect([name, answer.status, answer.headers.get('content-type')]).toEqual([name, route.status, type]);
      expect(route.bytes === 'given' ? JSON.stringify(answer.body) : route.output.parse(answer.body)).toEqual(
        route.bytes === 'given' ? words : answer.body,
      );
    }
    expect(Object.keys(asked).sort()).toEqual(Object.keys(routes).sort());
  });
});
