import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { RawSocket } from '@app/testing';
import { expectReader, takeBody } from './raw-body';

describe('the body of an upload', () => {
  let server: Server;
  const heard = (work: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>): Promise<unknown> =>
    new Promise((resolve) => {
      server = createServer((request, response) => {
        void work(request, response).then(resolve, resolve);
      }).listen(0, '127.0.0.1');
    });
  const open = async (body: string, length: number): Promise<RawSocket> => {
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = await RawSocket.open((server.address() as AddressInfo).port);
    socket.write(`PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`);
    return socket;
  };
  afterEach(() => void server.close());

  it('that stands still is given up, and so is its connection', async () => {
    const ending = heard((raw, response) => takeBody({ raw }, { raw: response }, () => buffer(raw), { idleMs: 30 }));
    const socket = await open('some', 100);
    expect(await ending).toMatchObject({ code: 'BAD_REQUEST' });
    await socket.closed;
  });

  it('that is whole is read, however long the work takes', async () => {
    const work = async (raw: IncomingMessage): Promise<string> => {
      const bytes = await buffer(raw);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return bytes.toString();
    };
    const ending = heard((raw, response) => takeBody({ raw }, { raw: response }, () => work(raw), { idleMs: 10 }));
    const socket = await open('some', 4);
    expect(await ending).toBe('some');
    socket.reset();
  });

  it('is not blamed for what is ours', async () => {
    const ours = new Error('no room');
    const ending = heard((raw, response) =>
      takeBody({ raw }, { raw: response }, () => Promise.reject(ours), { isOurs: (error) => error === ours }),
    );
    const socket = await open('some', 100);
    expect(await ending).toBe(ours);
    socket.reset();
  });
});

describe('an answer', () => {
  it('of which its client takes nothing is given up, and what it is made of is closed', async () => {
    const endless = new Readable({ read: (size) => void endless.push(Buffer.alloc(size)) });
    const closed = new Promise((resolve) => endless.once('close', resolve));
    const server = createServer((_, response) => {
      response.once('close', () => endless.destroy());
      expectReader({ raw: response }, 30);
      endless.pipe(response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = await RawSocket.open((server.address() as AddressInfo).port);
    socket.socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
    socket.reset();
    server.close();
  });
});
