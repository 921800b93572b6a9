import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answer } from '../rpc';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  socket.on('join', (done: () => void) => {
    void socket.join('room');
    done();
  });
  socket.on('publish', (message: unknown) => io.to('room').emit('message', message));
});

answer({
  listen: async () => {
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return (http.address() as AddressInfo).port;
  },
});
