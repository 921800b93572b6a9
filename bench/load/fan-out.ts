import type { Address } from '../peers/peer';
import { wires } from '../peers/wires';
import { answer } from '../rpc';
import type { RawSocket } from './raw-socket';
import { type Delivered, type Offered, type Pace, Room } from './room';

/** What the fan-out's load generator can be asked. */
export type FanOutLoad = typeof handlers;

let room: Room | undefined;

/** Connections that are being opened at once: servers have a limited backlog. */
const openAtOnce = 50;

const handlers = {
  connect: async ({ system, address, subscribers }: { system: string; address: Address; subscribers: number }): Promise<void> => {
    const wire = wires.get(system);
    if (!wire) throw new Error(`there is no system ${system}`);
    const publisher = await wire.enter(address, 'publisher');
    const sockets: RawSocket[] = [];
    while (sockets.length < subscribers) {
      const count = Math.min(openAtOnce, subscribers - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: count }, (_, index) => wire.enter(address, sockets.length + index)))));
    }
    room = new Room(wire, address, publisher, sockets);
  },
  run: async ({ pace, seconds }: { pace: Pace; seconds: number }): Promise<Delivered> => {
    if (!room) throw new Error('nothing is connected');
    return room.run(pace, seconds);
  },
  offer: async ({
    messagesPerSecond,
    settling,
    seconds,
  }: {
    messagesPerSecond: number;
    settling: number;
    seconds: number;
  }): Promise<Offered> => {
    if (!room) throw new Error('nothing is connected');
    return room.offer(messagesPerSecond, settling, seconds);
  },
  close: (_: null): void => room?.close(),
};

answer(handlers);
