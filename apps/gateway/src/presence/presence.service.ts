import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@app/config';
import type { Clock } from '@app/kit';
import type { Presence } from '@app/presence';
import { type ActionOutput, ImError, type OwnDevice } from '@app/protocol';
import { PresenceStore, SessionStore } from '@app/storage';
import type { Caller } from '../caller';
import { CONFIG } from '../infra/config';
import { CLOCK, PRESENCE } from '../infra/infra.module';

/** Tells who is connected to those who may know. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly store: PresenceStore,
    private readonly sessions: SessionStore,
    @Inject(PRESENCE) private readonly presence: Presence,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Those of some users whom the caller may see, in the order in which they were asked for, each once. Throws `TOO_LARGE`. */
  async look({ userId }: Caller, userIds: readonly string[]): Promise<ActionOutput<'presence'>> {
    if (userIds.length > this.config.maxListItems) throw new ImError('TOO_LARGE', `at most ${this.config.maxListItems} userIds`);
    const asked = [...new Set(userIds)];
    const visible = new Map((await this.store.visible(userId, asked)).map((user) => [user.id, user]));
    const here = await this.presence.look([...visible.keys()]);
    const users = asked.flatMap((id) => {
      const user = visible.get(id);
      const devices = here.get(id)?.length ?? 0;
      return user ? [{ userId: id, online: devices > 0, lastSeenAt: user.last_seen_at, devices }] : [];
    });
    return { users };
  }

  /** The caller's devices: those of open sessions, and those that are connected. */
  async devices({ userId, deviceId: own }: Caller): Promise<{ devices: OwnDevice[] }> {
    const here = new Set((await this.presence.look([userId])).get(userId));
    const seen = new Map<string, number | null>([...here].map((deviceId) => [deviceId, null]));
    for (const { device_id, last_seen_at } of await this.sessions.ofUser(userId, this.clock.now())) {
      if (device_id === null) continue;
      const other = seen.get(device_id) ?? null;
      seen.set(device_id, other === null || (last_seen_at ?? 0) > other ? last_seen_at : other);
    }
    const devices = [...seen].map(([deviceId, lastSeenAt]) => ({
      deviceId,
      online: here.has(deviceId),
      lastSeenAt,
      current: deviceId === own,
    }));
    return { devices: devices.sort(firstShown) };
  }
}

const firstShown = (a: OwnDevice, b: OwnDevice): number =>
  Number(b.online) - Number(a.online) || (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0) || (a.deviceId < b.deviceId ? -1 : 1);
