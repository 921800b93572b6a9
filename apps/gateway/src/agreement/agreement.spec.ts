import { type Config, type DeepPartial, defaultConfig, fingerprintsOf, type SettingsHead } from '@app/config';
import { Background, type Log, Metrics } from '@app/kit';
import type { Hub } from '../hub/hub';
import { Agreement } from './agreement';

describe('a gateway among others', () => {
  let said: SettingsHead[];
  let lines: unknown[];
  let link: { up: boolean; hear(head: SettingsHead): void; made(): void };
  let agreement: Agreement;

  beforeEach(() => {
    jest.useFakeTimers();
    [said, lines] = [[], []];
    link = { up: true, hear: () => undefined, made: () => undefined };
    const hub = {
      get busUp() {
        return link.up;
      },
      listenSettings: async (hear: (head: SettingsHead) => void, made: () => void) => void Object.assign(link, { hear, made }),
      publishSettings: (head: SettingsHead) => said.push(head),
    } as unknown as Hub;
    const log = { info: () => lines.push([]), warn: ({ keys }: { keys: string[] }) => lines.push(keys) } as unknown as Log;
    const metrics = new Metrics({ defaults: false });
    const background = new Background(log, metrics.backgroundFailures);
    agreement = new Agreement(hub, background, metrics, 'me', { now: () => Date.now() }, log, defaultConfig());
  });
  afterEach(() => {
    agreement.beforeApplicationShutdown();
    jest.useRealTimers();
  });

  const begin = async (): Promise<void> => {
    agreement.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(0);
  };
  const hearOf = (overrides: DeepPartial<Config>, more: Partial<SettingsHead> = {}): void =>
    link.hear({ kind: 'settings', from: 'another', prints: fingerprintsOf(defaultConfig(overrides), 'gateway'), ...more });

  it('tells of its settings when it comes, and then at least every half minute', async () => {
    await begin();
    expect(said).toEqual([{ kind: 'settings', from: 'me', prints: fingerprintsOf(defaultConfig(), 'gateway'), asks: true }]);
    await jest.advanceTimersByTimeAsync(300_000);
    expect(said.length).toBeGreaterThan(10);
    expect(said.length).toBeLessThan(16);
  });

  it('says nothing without a link, and greets the others with every link that is made', async () => {
    link.up = false;
    await begin();
    await jest.advanceTimersByTimeAsync(300_000);
    expect(said).toEqual([]);
    link.up = true;
    link.made();
    expect(said).toMatchObject([{ asks: true }]);
  });

  it('answers those who ask within a quarter of a second together', async () => {
    await begin();
    for (let i = 0; i < 100; i++) hearOf({}, { from: `${i}`, asks: true });
    await jest.advanceTimersByTimeAsync(250);
    expect(said).toHaveLength(2);
    hearOf({}, { asks: true });
    await jest.advanceTimersByTimeAsync(250);
    expect(said).toHaveLength(3);
  });

  it('says that it goes, and nothing after that', async () => {
    await begin();
    agreement.beforeApplicationShutdown();
    hearOf({ wsSendQPS: 5 }, { asks: true });
    await jest.advanceTimersByTimeAsync(300_000);
    expect(said.slice(1)).toEqual([{ kind: 'settings', from: 'me' }]);
    expect(agreement.mismatch).toBeUndefined();
  });

  it('does not take its own words for those of another', async () => {
    await begin();
    hearOf({ wsSendQPS: 5 }, { from: 'me' });
    expect(agreement.mismatch).toBeUndefined();
  });

  it('has one line in the log for a change, and every ten seconds at most one, which tells how things are by then', async () => {
    await begin();
    hearOf({ wsSendQPS: 5 });
    hearOf({ wsSendQPS: 5 });
    expect(lines).toEqual([['wsSendQPS']]);
    hearOf({ wsSendBurst: 5 });
    hearOf({ wsSendBurst: 5, maxFriends: 5 });
    await jest.advanceTimersByTimeAsync(9_999);
    expect(lines).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(lines.slice(1)).toEqual([['wsSendBurst', 'maxFriends']]);
    hearOf({});
    await jest.advanceTimersByTimeAsync(60_000);
    expect(lines.slice(2)).toEqual([[]]);
  });

  it('forgets who is silent for a minute and a half, also when nobody asks', async () => {
    await begin();
    hearOf({ wsSendQPS: 5 });
    await jest.advanceTimersByTimeAsync(90_000);
    expect(lines).toEqual([['wsSendQPS']]);
    await jest.advanceTimersByTimeAsync(31_000);
    expect(lines).toEqual([['wsSendQPS'], []]);
  });
});
