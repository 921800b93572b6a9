import type { Socket, SocketConstructor } from '@app/sdk';

/** Hears what goes over a socket, before the SDK does. */
export interface Recorder {
  connecting(socket: Socket, url: string): void;
  opened(): void;
  sent(text: string): void;
  received(text: string): void;
  closed(code: number, reason: string): void;
}

/** The browser's own WebSocket with a recorder beside it: what is shown is what was on the wire, whoever wrote it. */
export function recordingSocket(recorder: Recorder): SocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      recorder.connecting(this, url);
      this.addEventListener('open', () => recorder.opened());
      this.addEventListener('message', ({ data }) => recorder.received(typeof data === 'string' ? data : '(binary)'));
      this.addEventListener('close', ({ code, reason }) => recorder.closed(code, reason));
    }

    override send(text: string): void {
      recorder.sent(text);
      super.send(text);
    }
  };
}
