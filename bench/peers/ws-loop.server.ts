import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { answer } from '../rpc';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
const room = new Set<WebSocket>();

server.on('connection', (socket, request) => {
  if (request.url === '/room') room.add(socket);
  socket.on('close', () => room.delete(socket));
  socket.on('message', (data) => {
    const text = (data as Buffer).toString();
    for (const member of room) if (member.readyState === member.OPEN) member.send(text);
  });
  socket.send('welcome');
});

answer({
  listen: async () => {
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return (http.address() as AddressInfo).port;
  },
});
