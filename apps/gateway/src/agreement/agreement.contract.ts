import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Bus } from '@app/bus';
import { type Config, type DeepPartial, defaultConfig, fingerprintsOf, type SettingsHead, settingsTopic } from '@app/config';
import { type World, eventually } from '@app/testing';
import type { GatewayParts } from '../gateway';
import type { Head } from '../hub/envelope';
import { BUS } from '../infra/infra.module';

/** Gateways that hear each other, in one way or another. */
export interface Installation {
  start(overrides: DeepPartial<Config>, parts: GatewayParts): Promise<World>;
  /** A program on the same bus that is no gateway. */
  stranger(world: World): Promise<Bus<Head>>;
}

const former = 'a former secret of this installation, long enough';
const present = 'the present secret of this installation, long enough';

/** What gateways tell each other of their settings, over whatever bus. */
export function describeAgreement(found: () => Promise<Installation>): void {
  let installation: Installation;
  let running: Set<World>;
  let strangers: Bus<Head>[];
  let lines: string[];
  let offsetMs: number;

  beforeAll(async () => {
    installation = await found();
  });
  beforeEach(() => {
    [running, strangers, lines, offsetMs] = [new Set(), [], [], 0];
  });
  afterEach(async () => {
    await Promise.all([...running].map((world) => world.close()));
    await Promise.all(strangers.map((bus) => bus.close()));
  });

  const start = async (overrides: DeepPartial<Config> = {}): Promise<World> => {
    const log = pino({ level: 'info' }, new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) }));
    const world = await installation.start({ jwtSecret: present, ...overrides }, { log, clock: { now: () => Date.now() + offsetMs } });
    running.add(world);
    return world;
  };
  const stop = async (world: World): Promise<void> => {
    running.delete(world);
    await world.close();
  };
  /** Lets a gateway fall silent, as one does whose process is killed. */
  const kill = (world: World): Promise<void> => world.gateway.app.get<Bus<Head>>(BUS).close();
  const stranger = async (world: World): Promise<Bus<Head>> => {
    const bus = await installation.stranger(world);
    strangers.push(bus);
    return bus;
  };
  const settingsOf = async (world: World): Promise<unknown> => {
    const { status, body } = await world.get('/readyz');
    expect([status, body.status]).toEqual([200, 'ok']);
    return body.settings;
  };
  /** Waits until a gateway tells of exactly these keys. */
  const toldBy = (world: World, keys: readonly string[], instances = 1): Promise<void> => {
    const expected = JSON.stringify(keys.length === 0 ? { status: 'equal' } : { status: 'mismatch', keys, instances });
    let told: unknown;
    return eventually(
      async () => JSON.stringify((told = await settingsOf(world))) === expected,
      () => `${expected} instead of ${JSON.stringify(told)}`,
    );
  };
  const numbersOf = async ({ metrics }: World): Promise<readonly string[]> =>
    (await metrics.registry.getSingleMetricAsString('parley_settings_mismatch')).split('\n').filter((line) => !/^(#|$)/.test(line));
  const warnings = (): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level, keys }) => level === 40 && keys !== undefined);

  it('are equal where nothing differs but what is an instance’s own', async () => {
    const [one, other] = [await start(), await start({ maxConnections: 7, logLevel: 'fatal' })];
    // What the two said by now is heard by when a third has asked and was answered.
    const third = await start({ wsSendQPS: 21 });
    await toldBy(third, ['wsSendQPS'], 2);
    await stop(third);
    await Promise.all([one, other].map((world) => toldBy(world, [])));
  });

  it('are told of by both where they differ: by the names of the keys, never by values, and never as a reason to be given no work', async () => {
    const one = await start({ objectStorage: { callbackBaseUrl: 'https://one.example.com' } });
    const other = await start({ wsSendQPS: 4711, objectStorage: { callbackBaseUrl: 'https://other.example.com' } });
    const keys = ['wsSendQPS', 'objectStorage.callbackBaseUrl'];
    for (const world of [one, other]) {
      await toldBy(world, keys);
      expect(await numbersOf(world)).toEqual(keys.map((key) => `parley_settings_mismatch{key="${key}"} 1`));
    }
    expect(warnings()).toEqual([expect.objectContaining({ keys, instances: 1 }), expect.objectContaining({ keys, instances: 1 })]);
    const said = lines.join() + JSON.stringify(await settingsOf(one)) + JSON.stringify(await settingsOf(other));
    expect(said).not.toMatch(/4711|example\.com|secret of this/);
  });

  it('show which instance is the odd one: it differs from the most', async () => {
    const [one, other, odd] = [await start(), await start(), await start({ requireFriendship: true })];
    await toldBy(odd, ['requireFriendship'], 2);
    await toldBy(one, ['requireFriendship'], 1);
    await toldBy(other, ['requireFriendship'], 1);
  });

  it('differ while a signing secret is changed in a rolling update, and agree when the last old instance has stopped', async () => {
    const old = [await start({ jwtSecret: former }), await start({ jwtSecret: former })];
    const renewed = [await start({ jwtPreviousSecrets: [former] }), await start({ jwtPreviousSecrets: [former] })];
    for (const world of [...old, ...renewed]) await toldBy(world, ['jwtSecret'], 2);
    await Promise.all(old.map(stop));
    for (const world of renewed) {
      await toldBy(world, []);
      expect(await numbersOf(world)).toEqual(['parley_settings_mismatch{key="jwtSecret"} 0']);
    }
    // The former secret is taken out some time later.
    const last = await start();
    await toldBy(last, ['jwtPreviousSecrets'], 2);
    await Promise.all(renewed.map(stop));
    await toldBy(last, []);
  });

  it('of an instance that died are forgotten a minute and a half later', async () => {
    const [one, dead] = [await start(), await start({ maxGroupSize: 5 })];
    await toldBy(one, ['maxGroupSize']);
    await kill(dead);
    offsetMs += 80_000;
    await toldBy(one, ['maxGroupSize']);
    offsetMs += 11_000;
    await toldBy(one, []);
    expect(await numbersOf(one)).toEqual(['parley_settings_mismatch{key="maxGroupSize"} 0']);
  });

  it('are not confused by what others publish: garbage, huge words and keys that nobody has', async () => {
    const one = await start();
    const bus = await stranger(one);
    const prints = fingerprintsOf(defaultConfig({ ...one.config, wsSendBurst: 5 }), 'gateway');
    const say = (head: unknown, body = ''): void => bus.publish(settingsTopic, { head: head as SettingsHead, body: Buffer.from(body) });
    say({});
    say('settings');
    say({ kind: 'settings' }, 'x'.repeat(100_000));
    say({ kind: 'settings', from: 5, prints });
    say({ kind: 'settings', from: 'x'.repeat(1_000_000), prints });
    say({ kind: 'settings', from: 'a', prints: null });
    say({ kind: 'settings', from: 'b', prints: 'AAAAAAAAAAAAAAAA', asks: 'please' });
    say({ kind: 'settings', from: 'c', prints: { evil: 'AAAAAAAAAAAAAAAA', 'a"} 1\n': 'AAAAAAAAAAAAAAAA' } });
    say({ kind: 'settings', from: 'd', prints: { wsSendQPS: 5, maxFriends: ['AAAAAAAAAAAAAAAA'], jwtSecret: 'x'.repeat(1_000) } });
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key-${i}`, 'AAAAAAAAAAAAAAAA']));
    say({ kind: 'settings', from: 'e', prints: { ...many, ...prints, wsSendBurst: undefined } });
    bus.publish('user:settings', {
      head: { kind: 'settings', from: 'f', prints: { wsSendQPS: 'AAAAAAAAAAAAAAAA' } },
      body: Buffer.alloc(0),
    });
    // When this one is heard, so was everything before it.
    say({ kind: 'settings', from: 'g', prints });
    await toldBy(one, ['wsSendBurst']);
    expect(await numbersOf(one)).toEqual(['parley_settings_mismatch{key="wsSendBurst"} 1']);
    say({ kind: 'settings', from: 'g' });
    await toldBy(one, []);
    const ada = await one.person('ada');
    await (await one.connect(ada)).say({ groupId: await one.group(ada) }, 'still here');
  });

  it('of more instances than there can be fill no memory, and the log has one line of a change', async () => {
    const one = await start();
    const bus = await stranger(one);
    const prints = fingerprintsOf(defaultConfig({ ...one.config, maxFriends: 5 }), 'gateway');
    const say = (head: SettingsHead): void => bus.publish(settingsTopic, { head, body: Buffer.alloc(0) });
    for (let i = 0; i < 1_200; i++) say({ kind: 'settings', from: `made up ${i}`, prints });
    await toldBy(one, ['maxFriends'], 1_000);
    // Settings that change again and again.
    for (let i = 0; i < 100; i++)
      say({ kind: 'settings', from: 'made up 0', prints: { ...prints, maxListItems: i % 2 ? '' : 'A'.repeat(16) } });
    say({ kind: 'settings', from: 'made up 1', prints: { ...prints, maxGroupSize: 'A'.repeat(16) } });
    await toldBy(one, ['maxGroupSize', 'maxFriends'], 1_000);
    expect(warnings()).toHaveLength(1);
  });
}
