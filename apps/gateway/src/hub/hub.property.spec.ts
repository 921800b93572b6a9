import { c2cConversation } from '@app/protocol';
import { type ConversationRef, Database, type SqlValue } from '@app/storage';
import { type HubListener, HubWorld, type Seeded, withSeed } from '@app/testing';

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const headOf = async (world: HubWorld<DistantDatabase>, ref: ConversationRef) => (await world.store.conversations.head(ref)).last_seq;

/** A store whose answers take some turns, as over a network: they tell what was so a while ago. */
class DistantDatabase extends Database {
  random: Seeded | undefined;

  override async rows<T>(sql: string, values?: readonly SqlValue[]): Promise<T[]> {
    await this.travel();
    const rows = await super.rows<T>(sql, values);
    await this.travel();
    return rows;
  }

  private async travel(): Promise<void> {
    for (let turns = this.random?.below(6) ?? 0; turns > 0; turns--) await turn();
  }
}

/** Makes the bus lose, double, delay and swap. */
function trouble({ bus }: HubWorld<DistantDatabase>, random: Seeded): void {
  const [lost, kept, doubled] = [random.next() * 0.3, random.next() * 0.3, random.next() * 0.3];
  bus.fate = () => {
    const fate = random.next();
    return fate < lost ? 0 : fate < lost + kept ? 'hold' : fate < lost + kept + doubled ? 2 : 1;
  };
}

/** Lets some of what the bus kept back go, in any order, some of it twice. */
function deliverSome({ bus }: HubWorld<DistantDatabase>, random: Seeded): void {
  const count = bus.kept.length;
  bus.deliver(Array.from({ length: count }, () => random.below(count)));
}

/** A stream that somebody hears: where it must begin, and the place among its listener's frames where it does. */
interface Stream {
  readonly listener: HubListener;
  readonly ref: ConversationRef;
  /** Seq of the last entry before it; `undefined` when it begins with whatever is first. */
  readonly after: number;
  readonly skip: number;
}

const heard = ({ listener, ref, skip }: Stream): number[] => listener.seqsOf(ref.name.convId).slice(skip);

describe('under a bus that loses, doubles, delays and swaps', () => {
  it.each([1, 2, 3, 4])('every subscriber of a group hears a stream without holes and doubles, run %i', () =>
    withSeed(async (random) => {
      const world = await HubWorld.open(DistantDatabase);
      world.store.database.random = random;
      try {
        const groups = await Promise.all(['g', 'h'].map((name) => world.conversation(name)));
        const live = new Map<string, Stream>();
        const limit = random.pick([20, 500]);
        trouble(world, random);

        const check = (stream: Stream) => {
          const seqs = heard(stream);
          expect(seqs).toEqual(range(stream.after + 1, stream.after + seqs.length));
        };
        const subscribe = async (listener: HubListener, ref: ConversationRef, fromSeq: number | undefined) => {
          const skip = listener.seqsOf(ref.name.convId).length;
          const { lastSeq, recovered } = await world.subscribe(listener, ref, { ...(fromSeq === undefined ? {} : { fromSeq }), limit });
          live.set(`${listener.userId} ${ref.name.convId}`, { listener, ref, skip, after: recovered ? (fromSeq ?? lastSeq) : lastSeq });
        };
        const listeners: HubListener[] = [];
        for (let i = 0; i < 5; i++) listeners.push(await world.connect(`u${i}`));

        for (let step = 0; step < 250; step++) {
          const place = random.below(listeners.length);
          const listener = listeners[place] as HubListener;
          const ref = random.pick(groups);
          const stream = live.get(`${listener.userId} ${ref.name.convId}`);
          const what = random.next();
          if (what < 0.45) void world.say(ref, 1 + random.below(12));
          else if (what < 0.55) deliverSome(world, random);
          else if (what < 0.65 && !stream) await subscribe(listener, ref, undefined);
          else if (what < 0.75 && stream) {
            check(stream);
            world.hub.unsubscribe(ref.name.convId, listener.box);
            live.delete(`${listener.userId} ${ref.name.convId}`);
            // What was passed on before may still be in the turn.
            const last = heard(stream).at(-1) ?? stream.after;
            if (random.chance(0.7)) await subscribe(listener, ref, last);
          } else if (what < 0.8) {
            world.hub.detach(listener.userId, listener.box);
            const again = await world.connect(listener.userId);
            listeners[place] = again;
            for (const one of groups) {
              const before = live.get(`${listener.userId} ${one.name.convId}`);
              if (!before) continue;
              check(before);
              await subscribe(again, one, heard(before).at(-1) ?? before.after);
            }
          } else if (what < 0.85) trouble(world, random);
          else if (what < 0.95) await turn();
          else if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, random.below(60)));
        }

        world.bus.deliver();
        world.bus.fate = () => 1;
        for (const ref of groups) await world.say(ref, 1);
        for (const stream of live.values()) {
          const head = await headOf(world, stream.ref);
          await stream.listener.until(() => heard(stream).at(-1) === head, `the entry ${head} of ${stream.ref.name.convId}`);
          check(stream);
        }
        expect(await world.gaps('no')).toBe(0);
      } finally {
        await world.close();
      }
    }),
  );

  it.each([1, 2, 3, 4])('every connection hears of a c2c all that was stored since it came, without holes and doubles, run %i', () =>
    withSeed(async (random) => {
      // Only a bus between gateways can lose what was committed by a transaction that had begun before somebody came.
      const world = await HubWorld.open(DistantDatabase, { sweepMs: 500 });
      world.store.database.random = random;
      try {
        const names = [c2cConversation('a', 'b'), c2cConversation('b', 'c'), c2cConversation('a', 'stranger')];
        const refs = await Promise.all(names.map((name) => world.conversation(name)));
        const open: { listener: HubListener; heads: Map<string, number> }[] = [];
        const connect = async () => {
          const listener = await world.connect(random.pick(['a', 'b', 'c']));
          const heads = new Map<string, number>();
          for (const ref of refs) heads.set(ref.name.convId, await headOf(world, ref));
          open.push({ listener, heads });
        };
        const check = ({ listener }: { listener: HubListener }) => {
          for (const { name } of refs) {
            const seqs = listener.seqsOf(name.convId);
            if (seqs.length > 0) expect(seqs).toEqual(range(seqs[0] ?? 0, (seqs[0] ?? 0) + seqs.length - 1));
          }
        };
        trouble(world, random);
        for (let step = 0; step < 250; step++) {
          const what = random.next();
          if (what < 0.45) void world.say(random.pick(refs), 1 + random.below(8));
          else if (what < 0.55) deliverSome(world, random);
          else if (what < 0.65 && open.length < 6) await connect();
          else if (what < 0.72 && open.length > 0) {
            const [gone] = open.splice(random.below(open.length), 1);
            if (!gone) continue;
            world.hub.detach(gone.listener.userId, gone.listener.box);
            await turn();
            check(gone);
          } else if (what < 0.8) trouble(world, random);
          else if (what < 0.95) await turn();
          else if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, random.below(60)));
        }
        world.bus.deliver();
        world.bus.fate = () => 1;
        for (const ref of refs) await world.say(ref, 1);
        for (const { listener, heads } of open) {
          for (const ref of refs) {
            if (ref.name.convType !== 'c2c' || !ref.name.users.includes(listener.userId)) continue;
            const { convId } = ref.name;
            const head = await headOf(world, ref);
            await listener.until(() => listener.seqsOf(convId).at(-1) === head, `the entry ${head} of ${convId}`);
            expect(listener.seqsOf(convId)[0]).toBeLessThanOrEqual((heads.get(convId) ?? 0) + 1);
          }
          check({ listener });
        }
      } finally {
        await world.close();
      }
    }),
  );
});
