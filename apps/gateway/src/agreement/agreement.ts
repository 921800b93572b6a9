import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Config, differingKeys, type Fingerprints, fingerprintsOf, settingsEveryMs, type SettingsHead } from '@app/config';
import { Background, type Clock, type Log, Metrics } from '@app/kit';
import { Hub } from '../hub/hub';
import { CONFIG } from '../infra/config';
import { CLOCK, GATEWAY_ID, LOG } from '../infra/infra.module';

/** Who has said nothing for so many milliseconds is gone. */
const rememberedMs = 3 * settingsEveryMs;

/** Those who ask within so many milliseconds are answered together. */
const answerMs = 250;

/** Lines in the log are at least so many milliseconds apart, however often settings change. */
const lineMs = 10_000;

/** No installation has so many: what is more was made up. */
const maxRemembered = 1_000;

/** How the settings of this gateway differ from those of other instances that were heard of late. */
export interface Mismatch {
  /** Names of keys, in the order of the schema. */
  readonly keys: readonly string[];
  /** How many instances have another value of one of them: the one that is set wrongly has the highest number. */
  readonly instances: number;
}

/**
 * Whether this gateway has the same settings as the others, where they must be equal. Each tells of its own by fingerprints, when it
 * starts, when it is asked, and every half minute; who stops says so. A difference is told, by name and never by value, and hinders
 * nothing: during a rolling update that changes a setting it is as it should be.
 */
@Injectable()
export class Agreement implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly prints: Fingerprints;
  /** Those that differ, each with the keys and the time when it was heard last; the latest last. */
  private readonly others = new Map<string, { readonly keys: readonly string[]; readonly heardAt: number }>();
  private keys: readonly string[] = [];
  /** The keys that the log has told of last. */
  private told: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private answer: NodeJS.Timeout | undefined;
  private line: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly hub: Hub,
    private readonly background: Background,
    private readonly metrics: Metrics,
    @Inject(GATEWAY_ID) private readonly gatewayId: string,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    this.prints = fingerprintsOf(config, 'gateway');
  }

  /** What differs at present; `undefined` when nothing does. */
  get mismatch(): Mismatch | undefined {
    this.forget();
    return this.keys.length === 0 ? undefined : { keys: this.keys, instances: this.others.size };
  }

  onApplicationBootstrap(): void {
    // A gateway starts without waiting for a bus that is slow.
    this.background.run('settings topic', this.begin());
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const timer of [this.timer, this.answer, this.line]) clearTimeout(timer);
    if (this.hub.busUp) this.hub.publishSettings({ kind: 'settings', from: this.gatewayId });
  }

  private async begin(): Promise<void> {
    await this.hub.listenSettings(
      (head) => this.hear(head),
      () => this.greet(),
    );
    this.greet();
    this.schedule();
  }

  /** Who comes tells of itself, and asks: also after a link was lost, since what was said meanwhile is missing. */
  private greet(): void {
    this.say({ asks: true });
  }

  private schedule(): void {
    if (this.stopped) return;
    // Gateways that started together do not speak together.
    const waitMs = settingsEveryMs * (0.75 + Math.random() / 4);
    this.timer = setTimeout(() => {
      this.forget();
      this.say();
      this.schedule();
    }, waitMs).unref();
  }

  private say(more: Pick<SettingsHead, 'asks'> = {}): void {
    if (this.stopped || !this.hub.busUp) return;
    this.hub.publishSettings({ kind: 'settings', from: this.gatewayId, prints: this.prints, ...more });
  }

  private hear({ from, prints, asks }: SettingsHead): void {
    if (from === this.gatewayId || this.stopped) return;
    this.others.delete(from);
    const keys = prints ? differingKeys(this.prints, prints) : [];
    if (keys.length > 0 && this.others.size < maxRemembered) this.others.set(from, { keys, heardAt: this.clock.now() });
    this.settle();
    if (asks) this.answer ??= setTimeout(() => this.answerAll(), answerMs).unref();
  }

  private answerAll(): void {
    this.answer = undefined;
    this.say();
  }

  /** Lets go of those who have been silent for too long. */
  private forget(): void {
    const since = this.clock.now() - rememberedMs;
    for (const [from, { heardAt }] of this.others) if (heardAt < since) this.others.delete(from);
    this.settle();
  }

  private settle(): void {
    const differing = new Set([...this.others.values()].flatMap(({ keys }) => keys));
    const before = this.keys;
    this.keys = Object.keys(this.prints).filter((key) => differing.has(key));
    for (const key of before) if (!differing.has(key)) this.metrics.settingsMismatch.set({ key }, 0);
    for (const key of this.keys) this.metrics.settingsMismatch.set({ key }, 1);
    this.tell();
  }

  /** Tells the log of a change. */
  private tell(): void {
    const { keys } = this;
    if (this.line || keys.join() === this.told.join()) return;
    this.told = keys;
    if (keys.length === 0) this.log.info('the settings that must be equal on every instance are equal again');
    else this.log.warn({ keys, instances: this.others.size }, 'settings that must be equal on every instance differ from those of others');
    this.line = setTimeout(() => {
      this.line = undefined;
      this.tell();
    }, lineMs).unref();
  }
}
