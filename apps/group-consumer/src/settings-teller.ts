import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Bus } from '@app/bus';
import { type Config, fingerprintsOf, settingsEveryMs, type SettingsHead, settingsTopic } from '@app/config';
import { newId } from '@app/kit';
import type { BusLink } from './bus-link';

const noBody = Buffer.alloc(0);

/**
 * Tells the gateways by fingerprints which settings this consumer works with, where they must be equal: whenever there is a new link to
 * them, every half minute, and when it goes. They find what differs, and tell of it. Without a `jwtSecret` it has nothing to say.
 */
export class SettingsTeller implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly from = newId();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly bus: Pick<Bus<SettingsHead>, 'publish'>,
    private readonly link: BusLink,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.jwtSecret === '') return;
    const prints = fingerprintsOf(this.config, 'consumer');
    const tell = (): void => this.say({ prints });
    this.link.onMade(tell);
    this.timer = setInterval(tell, settingsEveryMs).unref();
  }

  beforeApplicationShutdown(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.link.onMade(() => undefined);
    this.say({});
  }

  private say(more: Pick<SettingsHead, 'prints'>): void {
    if (!this.link.up) return;
    this.bus.publish(settingsTopic, { head: { kind: 'settings', from: this.from, ...more }, body: noBody });
  }
}
