import { createSigner } from 'fast-jwt';
import { RawSocket } from '../load/raw-socket';
import { messageAFrame } from './message-a-frame';
import type { Address, Wire } from './peer';

export const parleyName = 'Parley';

/** Connects as a user, by a session if one is given, and waits until the gateway has said `connected`. */
export async function connectAs({ port, secret: key }: Address, userId: string, sessionId?: string): Promise<RawSocket> {
  const token = createSigner({ key, algorithm: 'HS256' })({ sub: userId, ...(sessionId === undefined ? {} : { sid: sessionId }) });
  const socket = await RawSocket.open({ port, path: '/ws', headers: { 'Sec-WebSocket-Protocol': `parley.v1, bearer.${token}` } });
  await socket.until((text) => text.startsWith('{"action":"connected"'));
  return socket;
}

/** Where the name of an action stands in a frame, after `{"action":"`. */
const actionAt = 11;
const [m, e] = Buffer.from('me');

/** Parley on the wire. Apart from what starts a gateway, so that load generators need not load its store. */
export const parleyWire: Wire = {
  enter: async (address, who) => {
    // The owner of the group publishes and does not listen; the others only listen.
    if (who === 'publisher') return connectAs(address, 'u0');
    const socket = await connectAs(address, `u${who + 1}`);
    socket.send(JSON.stringify({ action: 'subscribe_group', ref: 's', data: { groupId: address.room } }));
    const reply = await socket.until((text) => text.includes('"ref":"s"'));
    if (!reply.startsWith('{"action":"ack"')) throw new Error(reply);
    return socket;
  },
  publication: ({ room }, payload, number) =>
    `{"action":"send","ref":"${number}","data":{"groupId":"${room}","type":"text","clientMsgId":"m${number}","payload":${payload}}}`,
  // `message`; a subscriber hears nothing else that begins so.
  reader: messageAFrame((bytes, start) => bytes[start + actionAt] === m, '}}'.length),
  // `error`; the publisher hears acks beside it.
  isRefusal: (bytes, start) => bytes[start + actionAt] === e,
};
