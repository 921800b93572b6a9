import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { type Entry, ParleyClient, c2cConvId } from '@app/sdk';
import { Told } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { GatewayProcess } from './process';

const root = join(__dirname, '..');

/** What an example says, line by line, and how it ends. */
interface Run {
  readonly child: ChildProcess;
  readonly said: Told<string>;
  readonly complaints: Told<string>;
  readonly ended: Promise<unknown>;
}

describe('the examples', () => {
  let gateway: GatewayProcess;
  const runs: Run[] = [];

  beforeAll(async () => {
    await build();
    gateway = await GatewayProcess.start();
  }, buildPatienceMs);
  afterAll(() => gateway.remove());
  afterEach(async () => {
    for (const { child, ended } of runs.splice(0)) {
      child.kill();
      await ended;
    }
  });

  /** Runs an example by the command that its first lines name. */
  const run = (name: string, ...args: string[]): Run => {
    const file = `examples/${name}.ts`;
    const command = /npx (ts-node .*?\.ts)/.exec(readFileSync(join(root, file), 'utf8'))?.[1]?.split(' ') ?? [];
    expect(command.at(-1)).toBe(file);
    const [program = '', ...given] = command;
    const child = spawn(join(root, 'node_modules/.bin', program), [...given, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = (input: NodeJS.ReadableStream) => new Told<string>((hear) => createInterface({ input }).on('line', hear));
    const one = { child, said: lines(child.stdout), complaints: lines(child.stderr), ended: once(child, 'close') };
    runs.push(one);
    return one;
  };

  it('are those of the READMEs', () => {
    const names = readdirSync(join(root, 'examples')).sort();
    for (const readme of ['README.md', 'README.zh-CN.md']) {
      const named = [...readFileSync(join(root, readme), 'utf8').matchAll(/\]\(examples\/([^)]+)\)/g)].map(([, name]) => name);
      expect([...new Set(named)].sort()).toEqual(names);
    }
  });

  it('a bot answers each message once, and goes on after a restart', async () => {
    const alice = await gateway.person('alice');
    const client = new ParleyClient({ url: gateway.http, token: alice.token, WebSocket });
    try {
      const first = run('echo-bot', gateway.http, 'parrot');
      const bot = (await first.said.first((line) => line.includes('is online'), 'the bot')).split(' ').at(-1) ?? '';
      const heard = new Told<Entry>((hear) => client.timeline({ convId: c2cConvId(alice.id, bot) }, { fromSeq: 0 }).on('entry', hear));
      const words = () => heard.all.flatMap((entry) => (entry.kind === 'message' && entry.from === bot ? [entry.payload?.['text']] : []));
      const say = (text: string) => client.send({ to: bot, type: 'text', payload: { text } });

      await say('one');
      await say('two');
      await heard.until(() => words().length === 2, 'two answers');
      first.child.kill();
      await first.ended;
      const second = run('echo-bot', gateway.http, 'parrot');
      await second.said.first((line) => line.includes('is online'), 'the bot');
      await say('three');
      await heard.until(() => words().includes('three'), 'an answer after the restart');

      expect(words()).toEqual(['one', 'two', 'three']);
      expect([...first.complaints.all, ...second.complaints.all]).toEqual([]);
    } finally {
      client.close();
    }
  });

  it('two devices end in the same state', async () => {
    const { said, complaints, ended } = run('two-devices', gateway.http);
    const [code] = (await ended) as [number];

    const states = said.all.map((line) => /^(.*?) +phone (\w{16}) +laptop (\w{16})$/.exec(line)?.slice(1) ?? [line]);
    expect(states.map(([when]) => when)).toEqual(['both are there', 'the phone was away', 'the phone is back']);
    const [before, away, back] = states.map(([, phone, laptop]) => ({ phone, laptop }));
    expect(before?.phone).toBe(before?.laptop);
    expect(away?.phone).toBe(before?.phone);
    expect(away?.laptop).not.toBe(before?.laptop);
    expect(back?.laptop).toBe(away?.laptop);
    expect(back?.phone).toBe(back?.laptop);
    expect([code, complaints.all]).toEqual([0, []]);
  });
});
