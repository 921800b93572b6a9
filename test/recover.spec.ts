import { setTimeout as sleep } from 'node:timers/promises';
import { groupConversation } from '@app/protocol';
import { type Person, type Seeded, withSeed, eventually } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { Follower, type Heard, readLog, reconnect } from './follower';
import { GatewayProcess } from './process';

const [writers, messagesPerWriter, inFlight] = [10, 500, 4];
const [subscribers, guests] = [50, 8];
/** More than a subscription recovers by itself. */
const farBehind = 600;

/** A group of a gateway, full of talk. */
class Scene {
  readonly convId: string;
  /** The highest seq that was acked so far. */
  head = 0;
  /** The last seq of all, once it is known. */
  end = Number.MAX_SAFE_INTEGER;
  writing = true;
  /** How often a subscription was resumed while the group was being written to. */
  resumedMeanwhile = 0;

  constructor(
    readonly gateway: GatewayProcess,
    readonly groupId: string,
    readonly random: Seeded,
  ) {
    this.convId = groupConversation(groupId).convId;
  }

  /** Writes at full speed. */
  async write(person: Person): Promise<void> {
    const client = await reconnect(this.gateway.ws, person, 'writer');
    let written = 0;
    const line = async () => {
      while (written < messagesPerWriter) {
        const { seq } = await client.say({ groupId: this.groupId }, 'what everybody hears', `m${++written}`);
        this.head = Math.max(this.head, seq);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, line));
    client.cut();
  }

  /** Hears the group to its end, by connections that are cut at random frames. */
  async subscribe(person: Person, deviceId: string, { fromStart, slow }: { fromStart: boolean; slow: boolean }): Promise<Follower> {
    const { random } = this;
    const follower = new Follower(person, this, fromStart);
    const position = () => follower.position ?? 0;
    while (position() < this.end) {
      const client = await reconnect(this.gateway.ws, person, deviceId);
      if (this.writing) this.resumedMeanwhile++;
      const cutAfter = 1 + random.below(random.chance(0.2) ? 5 : 200);
      let heard = 0;
      follower.onHeard = () => {
        if (follower.flowing && ++heard === cutAfter) client.cut();
      };
      if (random.chance(0.1)) setImmediate(() => client.cut());
      await follower.follow(client).catch((error: Error) => {
        if (!/closed/.test(error.message)) throw error;
      });
      await eventually(
        () => client.socket.readyState !== client.socket.OPEN || position() >= this.end,
        () => this.state(follower),
        60_000,
      );
      client.cut();
      const resumeAt = slow ? position() + farBehind : 0;
      await eventually(
        () => this.head >= resumeAt || !this.writing,
        () => `seq ${resumeAt}`,
        60_000,
      );
    }
    return follower;
  }

  /** Joins, listens, leaves and listens whether anything more comes, again and again. Answers what was heard in each stay. */
  async visit(person: Person): Promise<Follower[]> {
    const { gateway, groupId, random } = this;
    const stays: Follower[] = [];
    let client = await reconnect(gateway.ws, person, 'guest');
    while (this.writing) {
      if (random.chance(0.3)) {
        client.cut();
        client = await reconnect(gateway.ws, person, 'guest');
      }
      const joined = await gateway.request('POST', `/api/groups/${groupId}/join`, undefined, person);
      if (joined.status !== 200) throw new Error(`join was answered ${joined.status}`);
      const stay = new Follower(person, this, true);
      stays.push(stay);
      await stay.follow(client);
      const enough = random.below(150);
      await eventually(
        () => stay.heard.length > enough || !this.writing,
        () => this.state(stay),
        60_000,
      );
      const left = await gateway.request('POST', `/api/groups/${groupId}/leave`, undefined, person);
      if (left.status !== 200) throw new Error(`leave was answered ${left.status}`);
      await eventually(
        () => stay.left,
        () => `the end of a stay: ${this.state(stay)}`,
      );
      const later = this.head + 20;
      await eventually(
        () => this.head >= later || !this.writing,
        () => `seq ${later}`,
      );
      stay.stop();
    }
    client.cut();
    return stays;
  }

  private state({ position, heard, faults }: Follower): string {
    return `seq ${this.end}: at ${position} of ${this.head}, ${heard.length} heard, ${faults.length} faults`;
  }
}

beforeAll(build, buildPatienceMs);

describe('subscribers of a busy group', () => {
  it('hear exactly the log from their first entry to its end, however often they are cut', async () => {
    await withSeed(async (random) => {
      const gateway = await GatewayProcess.start();
      try {
        const names = (prefix: string, count: number) =>
          Promise.all(Array.from({ length: count }, (_, i) => gateway.person(`${prefix}${i}`)));
        const [authors, readers, visitors] = await Promise.all([
          names('author', writers),
          names('reader', subscribers / 2),
          names('guest', guests),
        ]);
        const [owner, ...others] = authors as [Person, ...Person[]];
        const scene = new Scene(gateway, await gateway.group(owner, [...others, ...readers]), random);

        const hearing = readers.flatMap((person, i) =>
          ['one', 'two'].map((device, d) => scene.subscribe(person, device, { fromStart: i % 2 === 0, slow: d === 0 && i < 6 })),
        );
        const visiting = visitors.map((person) => scene.visit(person));
        await sleep(200);
        const startedAt = performance.now();
        await Promise.all(authors.map((person) => scene.write(person)));
        const seconds = (performance.now() - startedAt) / 1000;
        scene.writing = false;
        const stays = (await Promise.all(visiting)).flat();
        const client = await reconnect(gateway.ws, owner, 'reader');
        const log = await readLog(client, scene.convId);
        scene.end = log.length;
        const followers = await Promise.all(hearing);
        client.cut();

        expect([...followers, ...stays].flatMap(({ faults }) => faults)).toEqual([]);
        expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
        expect(log.filter(({ kind }) => kind === 'message')).toHaveLength(writers * messagesPerWriter);
        for (const { heard } of followers) expect(heard).toEqual(from(log, heard));
        for (const { heard } of stays) {
          expect(heard).toEqual(from(log, heard).slice(0, heard.length));
          const changes = heard.filter(({ kind, userId, from }) => kind !== 'message' && userId === from && from === heard[0]?.from);
          expect(changes).toEqual([heard[0], heard.at(-1)]);
          expect(changes.map(({ kind }) => kind)).toEqual(['member_joined', 'member_left']);
        }
        const sum = (what: 'resumed' | 'unrecovered') => followers.reduce((total, one) => total + one[what], 0);
        expect(scene.resumedMeanwhile).toBeGreaterThan(subscribers);
        expect(sum('unrecovered')).toBeGreaterThan(0);
        const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
        expect(metrics).toMatch(/hub_gaps_total\{repaired="no"\} 0\n/);
        process.stdout.write(
          `${log.length} entries in ${seconds.toFixed(1)} s, ${scene.resumedMeanwhile} of ${sum('resumed')} resumed meanwhile, ${sum('unrecovered')} paged, ${stays.length} stays\n`,
        );
      } finally {
        await gateway.remove();
      }
    });
  }, 90_000);
});

/** The log from the first entry that was heard. */
const from = (log: readonly Heard[], heard: readonly Heard[]): readonly Heard[] => log.slice((heard[0]?.seq ?? 1) - 1);
