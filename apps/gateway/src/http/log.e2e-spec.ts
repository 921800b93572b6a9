import { Writable } from 'node:stream';
import { World } from '@app/testing';
import { pino } from 'pino';

describe('the log', () => {
  it('holds neither tokens nor passwords nor what people say, even at its most talkative', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) }));
    const secrets: Record<string, string> = {
      password: 'the-password-of-ada',
      wrong: 'some-wrong-password',
      said: 'what-ada-says',
      searched: 'somebody-searched-for',
    };
    await World.during(
      { wsSendQPS: 1, wsSendBurst: 12 },
      async (world) => {
        secrets.jwtSecret = world.config.jwtSecret;
        await world.post('/api/register', { username: 'ada', password: secrets.password });
        await world.post('/api/register', { username: 'ada', password: secrets.password });
        await world.post('/api/register', `{"username":"ada","password":"${secrets.password}"`);
        await world.post('/api/login', { username: 'ada', password: secrets.wrong });
        const { body, headers } = await world.post<{ userId: string; token: string }>('/api/login', {
          username: 'ada',
          password: secrets.password,
          cookie: true,
        });
        const refreshToken = /parley_refresh=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
        Object.assign(secrets, { token: body.token, refreshToken, signature: body.token.split('.')[2] ?? '' });
        const ada = { id: body.userId, token: body.token };
        await world.request('POST', '/api/token/refresh', undefined, undefined, { cookie: `parley_refresh=${refreshToken}` });
        const bob = await world.person('bob');
        secrets.bobsToken = bob.token;

        const clients = [
          await world.connect(ada),
          await world.connect(ada, { deviceId: 'd2', protocols: [], headers: { authorization: `Bearer ${ada.token}` } }),
          await world.connect(ada, { protocols: [], path: `/ws?deviceId=d3&token=${ada.token}` }),
        ];
        await world.connect({ id: '', token: `${ada.token}x` }).catch(() => undefined);
        await world.connect(ada, { protocols: [], path: `/ws/else?token=${ada.token}` }).catch(() => undefined);
        await world.get(`/api/users/me?token=${ada.token}`);
        await world.get(`/nothing?token=${ada.token}`, ada);
        await world.get(`/api/users/search?q=${secrets.searched}`, ada);
        const [client] = clients;
        if (!client) throw new Error('no client');
        const { seq } = await client.say({ to: 'bob' }, secrets.said ?? '');
        await client.call('recall', { to: 'bob', seq });
        await client.say({ to: 'nobody' }, secrets.said ?? '').catch(() => undefined);
        client.raw(`{"action":"send","data":{"text":"${secrets.said}"`);
        client.raw(`{"action":"${secrets.said}","ref":"1"}`);
        client.raw(Buffer.from(secrets.said ?? ''));
        await world.post('/api/messages', { to: 'bob', type: 'text', payload: { text: secrets.said }, clientMsgId: 'm' }, ada);
        await world.post('/api/messages', { to: 'bob', type: secrets.said, payload: { text: secrets.said }, clientMsgId: 'm' }, ada);
        for (let i = 0; i < 12; i++) await client.say({ to: 'bob' }, secrets.said ?? '').catch(() => undefined);
        await client.settled();
        await world.post('/api/logout', undefined, ada);
        await client.closed;
      },
      { log },
    );
    const text = lines.join('');
    expect(lines.length).toBeGreaterThan(20);
    expect(text).toContain('a request was refused');
    expect(text).toContain('a frame was refused');
    for (const [name, secret] of Object.entries(secrets)) {
      expect([name, secret.length > 8]).toEqual([name, true]);
      expect([name, lines.filter((line) => line.includes(secret))]).toEqual([name, []]);
    }
    expect(text).not.toContain('argon2');
  });
});
