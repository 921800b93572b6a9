import { Writable } from 'node:stream';
import { Outbox } from './outbox';
import { type Shared, Turn } from './turn';

/** A socket that remembers each write, and how many were joined by the system call. */
class Socket extends Writable {
  readonly writes: string[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.toString());
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString()).join('|'));
    done();
  }
}

const turnEnd = () => new Promise((resolve) => setImmediate(resolve));

describe('a turn', () => {
  let turn: Turn;
  let socket: Socket;
  let box: Outbox;
  let overflows: number;

  beforeEach(() => {
    turn = new Turn();
    socket = new Socket();
    overflows = 0;
    box = new Outbox(socket as never, turn, 1_000, () => overflows++);
  });

  const shared = (text: string, ...boxes: Outbox[]): Shared => {
    let bytes: Buffer | undefined = Buffer.from(text);
    return {
      take: () => {
        const taken = bytes;
        bytes = undefined;
        return taken && { bytes: taken, audiences: [boxes] };
      },
    };
  };

  it('joins the frames for a socket into one write when it ends, not before', async () => {
    box.push(Buffer.from('a'));
    box.push(Buffer.from('b'));
    expect(socket.writes).toEqual([]);
    await turnEnd();
    expect(socket.writes).toEqual(['ab']);
    box.push(Buffer.from('c'));
    await turnEnd();
    expect(socket.writes).toEqual(['ab', 'c']);
  });

  it('writes what is for one socket before what is shared, in one write', async () => {
    turn.touchShared(shared('event', box));
    box.push(Buffer.from('ack'));
    await turnEnd();
    expect(socket.writes).toEqual(['ack|event']);
  });

  it('writes several shared pieces to a socket in one write, and to others only what is theirs', async () => {
    const other = new Socket();
    const otherBox = new Outbox(other as never, turn, 1_000, () => undefined);
    turn.touchShared(shared('a', box, otherBox));
    turn.touchShared(shared('b', box));
    turn.touchShared(shared('c', otherBox));
    await turnEnd();
    expect([socket.writes, other.writes]).toEqual([['a|b'], ['a|c']]);
    expect([box.corked, otherBox.corked]).toEqual([false, false]);
  });

  it('writes nothing for what was taken before it ended', async () => {
    const source = shared('a', box);
    turn.touchShared(source);
    turn.touchShared(source);
    source.take();
    await turnEnd();
    expect(socket.writes).toEqual([]);
  });

  it('writes in the next turn what arises while it ends', async () => {
    turn.touchShared({
      take: () => {
        box.push(Buffer.from('late'));
        return undefined;
      },
    });
    await turnEnd();
    await turnEnd();
    expect(socket.writes).toEqual(['late']);
  });
});

describe('an outbox', () => {
  it('tells once of a peer that has more than its limit waiting since an earlier turn, and writes nothing more', async () => {
    let stuck: (() => void) | undefined;
    const written: number[] = [];
    const socket = new Writable({
      write: (chunk: Buffer, _, done) => {
        written.push(chunk.length);
        stuck = done;
      },
    });
    let overflows = 0;
    const turn = new Turn();
    const box = new Outbox(socket as never, turn, 100_000, () => overflows++);
    for (let i = 0; i < 20; i++) box.write(Buffer.alloc(10_000));
    // What one turn brings is given the time to leave.
    expect(overflows).toBe(0);
    turn.touch(new Outbox(new Writable() as never, turn, 1, () => undefined));
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 3; i++) box.write(Buffer.alloc(10_000));
    expect(overflows).toBe(1);
    expect(socket.writableLength).toBe(200_000);
    stuck?.();
    box.write(Buffer.alloc(10));
    expect(overflows).toBe(1);
  });

  it.each([
    ['is gone', (socket: Writable) => socket.destroy()],
    ['is ending', (socket: Writable) => socket.end()],
  ])('keeps nobody waiting for a socket that %s with bytes on their way', async (_, finish) => {
    const socket = new Writable({ write: () => undefined });
    socket.on('error', () => undefined);
    const box = new Outbox(socket as never, new Turn(), 100_000, () => undefined);
    box.write(Buffer.alloc(200_000));
    expect([box.heavy, box.behind]).toEqual([true, true]);
    finish(socket);
    await box.drained();
    expect([box.heavy, box.behind]).toEqual([false, false]);
  });

  it('resolves `drained` when the peer has caught up, and when it is gone', async () => {
    const done: (() => void)[] = [];
    const socket = new Writable({ write: (_chunk, _, next) => void done.push(next) });
    const box = new Outbox(socket as never, new Turn(), 1_000_000, () => undefined);
    await box.drained();
    box.push(Buffer.alloc(socket.writableHighWaterMark + 1));
    expect(box.behind).toBe(true);
    const drained = box.drained();
    expect(box.behind).toBe(true);
    done.shift()?.();
    await drained;
    expect(box.behind).toBe(false);

    box.write(Buffer.alloc(socket.writableHighWaterMark));
    const gone = box.drained();
    socket.destroy();
    await gone;
    expect([box.behind, box.gone]).toEqual([false, true]);
    await box.drained();
    box.push(Buffer.from('to nobody'));
  });

  it('drops what it is given while it is muted', async () => {
    const socket = new Socket();
    const box = new Outbox(socket as never, new Turn(), 1_000, () => undefined);
    box.muted = true;
    box.push(Buffer.from('a'));
    box.write(Buffer.from('b'));
    box.muted = false;
    box.push(Buffer.from('c'));
    await turnEnd();
    expect(socket.writes).toEqual(['c']);
  });
});
