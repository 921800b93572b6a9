// A bot that says what it is told. Beside `npm start`: npx ts-node -T examples/echo-bot.ts [server] [username]
import { ParleyClient, ParleyRest } from '../libs/sdk/src'; // '@parley/sdk' in a project of your own

async function main([url = 'http://localhost:8080', username = 'echo-bot'] = process.argv.slice(2)): Promise<void> {
  const rest = new ParleyRest({ url });
  const account = { username, password: process.env.BOT_PASSWORD ?? 'tell me, tell me' };
  await rest.request('register', { body: account }).catch(() => 'it is there already');
  let session = await rest.request('login', { body: account });
  const renew = async () => (session = await rest.request('login', { body: account }));
  const bot = new ParleyClient({ url, token: async ({ refresh }) => (refresh ? await renew() : session).token, onError: console.error });
  bot.on('timeline', (timeline) =>
    timeline.on('entry', (entry) => {
      if (entry.kind !== 'message' || entry.from === session.userId || entry.type !== 'text' || !entry.payload) return;
      // By its key the answer to a message is stored once, however often it is given.
      const answer = { convId: entry.convId, type: 'text', payload: entry.payload, clientMsgId: `echo-${entry.seq}` } as const;
      bot.send(answer).catch(console.error);
    }),
  );
  bot.on('connection', ({ state }) => console.log(`${username} is ${state}; its user id is ${session.userId}`));
}

void main();
