import { WebSocket } from 'ws';
import { type SocketConstructor, findSocketConstructor, socketUrl } from './socket';

describe('the address of the socket', () => {
  it.each([
    ['https://chat.example.org', 'wss://chat.example.org/ws?deviceId=d'],
    ['http://localhost:8080/', 'ws://localhost:8080/ws?deviceId=d'],
    ['ws://localhost:8080', 'ws://localhost:8080/ws?deviceId=d'],
    ['wss://example.org/chat/ws?x=1#top', 'wss://example.org/chat/ws?x=1&deviceId=d'],
  ])('of %s is %s', (url, address) => {
    expect(socketUrl(url, 'd')).toBe(address);
  });

  it.each(['', 'chat.example.org', 'ftp://example.org'])('is not to be had from %p', (url) => {
    expect(() => socketUrl(url, 'd')).toThrow(/URL|address/);
  });

  it('may be relative to the page', () => {
    const page = globalThis as { location?: { href: string } };
    page.location = { href: 'https://chat.example.org/app' };
    try {
      expect(socketUrl('/ws', 'd')).toBe('wss://chat.example.org/ws?deviceId=d');
    } finally {
      delete page.location;
    }
  });
});

describe('the class of WebSockets', () => {
  const world = globalThis as { WebSocket?: SocketConstructor | undefined };
  const before = world.WebSocket;
  afterEach(() => (world.WebSocket = before));

  it('is the given one, else the global one, else that of the package ws', async () => {
    class Given {}
    class Global {}
    world.WebSocket = Global as unknown as SocketConstructor;
    expect(await findSocketConstructor(Given as unknown as SocketConstructor)).toBe(Given);
    expect(await findSocketConstructor(undefined)).toBe(Global);
    world.WebSocket = undefined;
    expect(await findSocketConstructor(undefined)).toBe(WebSocket);
  });
});
