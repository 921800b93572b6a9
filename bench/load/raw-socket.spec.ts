import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { RawSocket } from './raw-socket';

let server: WebSocketServer;
let greeted: (socket: WebSocket) => void;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => greeted(socket));
  await new Promise((resolve) => server.on('listening', resolve));
});

afterEach(() => server.close());

const open = (binary = false) => RawSocket.open({ port: (server.address() as AddressInfo).port, path: '/', binary });

it.each([1, 125, 126, 65_535, 65_536, 1_000_000])('hears a frame of %d bytes whole, as text and as binary', async (size) => {
  const text = 'x'.repeat(size);
  greeted = (socket) => {
    socket.send(text);
    socket.send(Buffer.from(text));
    socket.send('end');
  };
  const socket = await open();
  const heard: string[] = [];
  await socket.until((one) => heard.push(one) === 3);
  expect(heard.map((one) => one.length)).toEqual([size, size, 3]);
  socket.destroy();
});

it.each([
  ['text', false],
  ['binary', true],
])('sends %s frames, each text in one of its own', async (_, binary) => {
  const got = new Promise<[string, boolean][]>((resolve) => {
    const frames: [string, boolean][] = [];
    greeted = (socket) =>
      socket.on('message', (data, isBinary) => {
        if (frames.push([(data as Buffer).toString(), isBinary]) === 3) resolve(frames);
      });
  });
  const socket = await open(binary);
  socket.send('one');
  socket.sendAll(['two', 'y'.repeat(300)]);
  expect(await got).toEqual([
    ['one', binary],
    ['two', binary],
    ['y'.repeat(300), binary],
  ]);
  socket.destroy();
});
