import type { Config } from '@app/config';
import type { Background } from '@app/kit';
import { type EventData, c2cConversation, typingIntervalMs } from '@app/protocol';
import type { GroupStore } from '@app/storage';
import type { Access } from '../conversations/access';
import type { Hub } from '../hub/hub';
import { TypingService } from './typing.service';

describe('the last word of an interval', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is not told behind a newer one, which came while the right to write was looked up', async () => {
    const ref = { rowId: 1, name: c2cConversation('ada', 'bob') };
    const told: boolean[] = [];
    const lookups: (() => void)[] = [];
    let isSlow = false;
    const access = {
      nameOf: () => ref.name,
      checkWriteNow: () => (isSlow ? new Promise((resolve) => lookups.push(() => resolve({ ref }))) : Promise.resolve({ ref })),
    } as unknown as Access;
    const hub = { publishState: (_: string, __: string, { typing }: EventData<'typing'>) => told.push(typing) } as unknown as Hub;
    const running: Promise<unknown>[] = [];
    const background = { run: (_: string, promise: Promise<unknown>) => running.push(promise) } as unknown as Background;
    const service = new TypingService(access, {} as GroupStore, hub, background, {} as Config);
    const type = (typing: boolean) => service.type({ userId: 'ada' } as never, { to: 'bob', typing });

    await type(true);
    await type(false);
    isSlow = true;
    jest.advanceTimersByTime(typingIntervalMs);
    isSlow = false;
    await type(true);
    expect(lookups).toHaveLength(1);
    lookups[0]?.();
    await Promise.all(running);
    expect(told).toEqual([true, true]);
  });
});
