import { type Entrance, entrances } from '../peers/entrances';
import type { Address } from '../peers/peer';
import { answer } from '../rpc';
import type { RawSocket } from './raw-socket';

/** How many connections are on their way at a time. */
const underway = 50;

let entrance: Entrance | undefined;
let address: Address | undefined;
let users = 0;
let next = 0;
let open: RawSocket[] = [];
let broken: Error | undefined;

/** What a process that holds connections can be asked. */
export type ConnectionsLoad = typeof handlers;

const handlers = {
  /** Each new connection is of the next one of so many users. */
  aim: (input: { system: string; address: Address; users: number }): void => {
    entrance = entrances.get(input.system);
    ({ address, users } = input);
  },
  /** Opens connections until there are so many new ones, or the time is over; answers how many. Throws when one has ended. */
  open: async ({ count, seconds }: { count: number; seconds: number }): Promise<number> => {
    const before = open.length;
    const until = performance.now() + seconds * 1000;
    let begun = 0;
    const openSome = async (): Promise<void> => {
      while (begun < count && performance.now() < until) {
        begun++;
        open.push(await enter());
      }
    };
    await Promise.all(Array.from({ length: underway }, openSome));
    if (broken) throw broken;
    return open.length - before;
  },
  /** Ends all of them. Throws when one has ended before. */
  close: (_: null): void => {
    if (broken) throw broken;
    for (const socket of open) socket.reset();
    open = [];
  },
};

async function enter(): Promise<RawSocket> {
  if (!entrance || !address) throw new Error('nothing to connect to');
  const { heartbeat } = entrance;
  const socket = await entrance.enter(address, next++ % users);
  socket.onEnd = (why) => (broken ??= new Error(why));
  socket.onText = (bytes, start, end) => {
    if (heartbeat && bytes.toString('utf8', start, end) === heartbeat.ping) socket.send(heartbeat.pong);
  };
  return socket;
}

answer(handlers);
