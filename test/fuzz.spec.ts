import { Agent, request as httpRequest } from 'node:http';
import {
  type ActionName,
  type ErrorBody,
  type ErrorCode,
  actions,
  closeCodes,
  errorBodySchema,
  errors,
  frameErrors,
  groupConversation,
  routes,
} from '@app/protocol';
import { type Person, RawSocket, Seeded, type ServerFrame, eventually, seedOfRun } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { reconnect } from './follower';
import { Mutations } from './mutations';
import { NonsenseFrames, type Outgoing } from './nonsense-frames';
import { type Broken, type Call, NonsenseRequests } from './nonsense-requests';
import { GatewayProcess } from './process';

const seed = seedOfRun();
const count = Number(process.env.FUZZ_COUNT ?? 100_000);
const lanes = 6;
/** For each part, on a machine that does much else; none of them waits for time to pass. */
const patienceMs = 300_000;
const mebi = 2 ** 20;

/** Codes of the contract, and those with which WebSocket itself answers broken frames and text that is not UTF-8. */
const allowedCloses = new Set<number>([...Object.values(closeCodes), 1002, 1007]);

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What one lane says. */
interface Source {
  readonly frames: NonsenseFrames;
  readonly requests: NonsenseRequests;
}

beforeAll(build, buildPatienceMs);

describe(`a gateway that is told nonsense (PARLEY_SEED=${seed})`, () => {
  const wrongs: string[] = [];
  /** One example of each is enough. */
  const kinds = new Set<string>();
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  let gateway: GatewayProcess;
  let people: [Person, Person, Person];
  /** One source per lane, so that what a lane says does not depend on when the others get their answers. */
  let sources: Source[];
  let logged = 0;
  /** What each kind of nonsense was answered, and how often. */
  const answers = new Map<string, Map<string, number>>();

  beforeAll(async () => {
    const wide = { PARLEY_FRAMES_PER_SECOND: '1000000', PARLEY_FRAMES_BURST: '10000000' };
    // Every password costs real time, and wrong ones are not what is tried here.
    const narrow = { PARLEY_AUTH_LOGINS_PER_ADDRESS_PER_MINUTE: '30', PARLEY_AUTH_REGISTRATIONS_PER_ADDRESS_PER_MINUTE: '30' };
    const collect = 'process.on("SIGUSR2", () => { gc(); gc(); console.log("collected"); })';
    const nodeArgs = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(collect)}`];
    gateway = await GatewayProcess.start({ env: { ...wide, ...narrow }, nodeArgs });
    people = (await Promise.all(['ann', 'ben', 'cay'].map((id) => gateway.person(id)))) as typeof people;
    const groupId = await gateway.group(people[0], people.slice(1));
    const file = { name: 'a', size: 3, mimeType: 'text/plain' };
    const { fileId } = (await gateway.request<{ fileId: string }>('POST', '/api/files', file, people[0])).body;
    const known = {
      to: ['ann', 'ben', 'cay', 'nobody'],
      groupId: [groupId],
      convId: [groupConversation(groupId).convId, 'c2c:ann:ben', 'c2c:ann:cay', 'c2c:ben:cay'],
      id: [groupId, 'ann', 'ben', fileId],
      fileId: [fileId, 'nothing1'],
      key: [`pending/${fileId}`],
      signature: ['0'.repeat(64)],
      mimeType: ['text/plain', 'image/png'],
      payload: [{ text: 'hi' }, { text: '🍣' }],
      mentions: [['ann'], ['@all']],
      memberIds: [['ben'], []],
    };
    sources = Array.from({ length: lanes }, (_, i) => {
      const random = new Seeded(seed + i);
      const mutations = new Mutations(random, known);
      return { frames: new NonsenseFrames(random, mutations), requests: new NonsenseRequests(random, mutations, people) };
    });
  });
  afterEach(() => {
    expect(wrongs.splice(0)).toEqual([]);
    expect(gateway.running).toBe(true);
    expect(gateway.said.slice(logged)).not.toMatch(/"level":"(error|fatal)"/);
    logged = gateway.said.length;
  });
  afterAll(async () => {
    process.stdout.write(tableOf(answers));
    agent.destroy();
    await gateway.remove();
  });

  const blame = (what: string, sent: unknown, got: unknown): void => {
    if (!kinds.has(what)) wrongs.push(`${what}: ${shown(sent)} got ${shown(got)}`);
    kinds.add(what);
  };

  const answered = (kind: string, answer: string): void => {
    const told = answers.get(kind) ?? new Map<string, number>();
    answers.set(kind, told.set(answer, (told.get(answer) ?? 0) + 1));
  };

  /** Heap and resident memory of the gateway after a collection, in MiB. */
  async function memory(): Promise<{ heap: number; resident: number }> {
    const collections = () => gateway.said.split('collected').length;
    const before = collections();
    gateway.signal('SIGUSR2');
    await eventually(
      () => collections() > before,
      () => 'a collection',
    );
    const heap = await gateway.metric('parley_nodejs_heap_size_used_bytes');
    const resident = await gateway.metric('parley_process_resident_memory_bytes');
    return { heap: heap / mebi, resident: resident / mebi };
  }

  /** Runs a part in all lanes, twice, and compares what is held after each half: caches may fill, nothing may pile up. */
  async function twice(name: string, total: number, part: (source: Source, count: number, lane: number) => Promise<void>): Promise<void> {
    const half = async () => {
      await Promise.all(sources.map((source, lane) => part(source, Math.ceil(total / 2 / lanes), lane)));
      return memory();
    };
    const [first, second] = [await half(), await half()];
    const [heaps, residents] = (['heap', 'resident'] as const).map(
      (what) => `${first[what].toFixed(1)} then ${second[what].toFixed(1)} MiB`,
    );
    process.stdout.write(`${total} ${name}, heap ${heaps}, resident ${residents}\n`);
    expect(second.heap - first.heap).toBeLessThan(12);
    expect(second.resident - first.resident).toBeLessThan(64);
  }

  it(
    'answers every frame exactly once, in order, with an ack that fits or an error of the catalogue',
    async () => {
      await twice('frames', Math.round(count * 0.7), async ({ frames }, count, lane) => {
        const client = await reconnect(gateway.ws, people[lane % 3] as Person, `lane-${lane}`);
        for (let left = count; left > 0; left -= 100) {
          const batch = Array.from({ length: Math.min(100, left) }, () => frames.frame());
          for (const { parts, binary } of batch)
            parts.forEach((part, i) => client.socket.send(part, { binary, fin: i === parts.length - 1 }));
          client.raw('{"action":"ping","ref":"the end"}');
          await client.until(() => client.replies.length > batch.length, `the replies to ${batch.length} frames`);
          const replies = client.replies.splice(0);
          client.events.splice(0);
          batch.forEach((frame, i) => {
            const reply = replies[i];
            if (!reply) return;
            answered(`frame · ${frame.kind}`, reply.action === 'error' ? (reply.data as { code: string }).code : reply.action);
            const problem = problemOf(frame, reply);
            if (problem) blame(problem, Buffer.concat(frame.parts), reply);
          });
          if (replies.length !== batch.length + 1 || replies.at(-1)?.ref !== 'the end')
            blame('another number of replies', batch.length, replies.length);
        }
        if (client.socket.readyState !== client.socket.OPEN) blame('a connection was closed', lane, await client.closed);
        await client.close();
      });
    },
    patienceMs,
  );

  it(
    'closes with a known code, or answers, when a frame is too large, is not UTF-8 or is broken on the wire',
    async () => {
      await twice('broken frames', Math.round(count * 0.01), async ({ frames }, count, lane) => {
        for (let i = 0; i < count; i++) {
          const socket = await RawSocket.open(gateway.port);
          const headers = { Authorization: `Bearer ${people[lane % 3]?.token}` };
          socket.write(RawSocket.upgrade(`/ws?deviceId=lane-${lane}`, headers));
          await socket.until((received) => received.includes('"connected"'));
          const bytes = frames.wireBytes();
          socket.write(bytes);
          // The gateway answers this, has closed before, or waits for the rest of what it took for the beginning of a frame.
          socket.write(closeFrame);
          socket.finish();
          await socket.closed;
          const closes = [...framesIn(socket.received)].flatMap(({ opcode, body }) => (opcode === 8 ? [closeOf(body)] : []));
          answered('broken frame', `closed ${closes.join(', then ') || 'without a code'}`);
          for (const problem of problemsOf(socket.received)) blame(problem, bytes, socket.received.slice(-200));
        }
      });
    },
    patienceMs,
  );

  it(
    'answers every request in the words of the catalogue',
    async () => {
      await twice('requests', Math.round(count * 0.27), async ({ requests }, count) => {
        for (let i = 0; i < count; i++) {
          const call = requests.call();
          const answer = await ask(call);
          answered(`request · ${call.kind}`, answer ? codeOf(answer) : 'no answer');
          const problem = answer && problemOfAnswer(call, answer);
          if (problem) blame(problem, call, answer);
          // A server may end the connection on which a body that is too large still comes.
          else if (!answer && call.body.length < 100_000) blame('no answer', call, answer);
        }
      });
    },
    patienceMs,
  );

  it(
    'survives broken HTTP, and refuses broken upgrades with a JSON body',
    async () => {
      await twice('broken requests', Math.round(count * 0.02), async ({ requests }, count) => {
        for (let i = 0; i < count; i++) {
          const socket = await RawSocket.open(gateway.port);
          const broken = requests.broken();
          socket.write(Buffer.from(broken.text, 'latin1'));
          if (broken.told) await socket.until((received) => received.includes('\r\n\r\n'));
          // Some are no request yet: nothing tells that no answer comes, but one to a later question that it had its time.
          else await fetch(`${gateway.http}/healthz`).then((answer) => answer.arrayBuffer());
          socket.finish();
          await socket.closed;
          answered(`broken request · ${broken.kind}`, answerIn(socket.received)?.code ?? 'no answer');
          const problem = problemOfRaw(broken, socket.received);
          if (problem) blame(problem, broken, socket.received);
        }
      });
    },
    patienceMs,
  );

  it('is healthy afterwards, and people still hear each other', async () => {
    expect((await gateway.request('GET', '/healthz')).status).toBe(200);
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
    const [ann, ben] = [await reconnect(gateway.ws, people[0], 'phone'), await reconnect(gateway.ws, people[1], 'phone')];
    const groupId = await gateway.group(people[0], [people[1]]);
    await ben.call('subscribe_group', { groupId });
    const { seq } = await ann.say({ groupId }, 'is anybody there?', 'after the storm');
    expect(await ben.next('message', (message) => message.groupId === groupId)).toMatchObject({ seq, from: 'ann' });
    const { entries } = await ben.call('entries', { groupId, afterSeq: seq - 1 });
    expect(entries).toMatchObject([{ seq, clientMsgId: 'after the storm', payload: { text: 'is anybody there?' } }]);
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).not.toMatch(/code="INTERNAL"|background_failures_total\{/);
    await Promise.all([ann.close(), ben.close()]);
  });

  /** Sends a request; no answer when the connection ended before one. */
  function ask({ method, path, headers, body }: Call): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const options = {
        agent,
        port: gateway.port,
        host: '127.0.0.1',
        method,
        path,
        headers: { ...headers, 'content-length': body.length },
      };
      const request = httpRequest(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', () => resolve(undefined));
      request.end(body);
    });
  }
});

/** What is wrong with the reply to a frame, if anything. */
function problemOf({ parts, binary, names }: Outgoing, reply: ServerFrame): string | undefined {
  const { action, ref, told } = expected(binary ? undefined : Buffer.concat(parts).toString());
  if (reply.ref !== ref) return 'another ref';
  if (reply.action === 'ack') {
    return action && !told && actions[action].output.safeParse(reply.data).success ? undefined : 'an ack that does not fit';
  }
  const body = errorBodySchema.safeParse(reply.data);
  if (reply.action !== 'error' || !body.success) return 'no reply of the contract';
  const { code, issues } = body.data;
  if (names && !(code === 'BAD_REQUEST' && named(names, issues))) return `a ${code} that does not name ${names.join('.')}`;
  if (told) return code === told ? undefined : `not ${told}`;
  const declared: readonly ErrorCode[] = action ? [...actions[action].errors, ...frameErrors] : [];
  return code !== 'INTERNAL' && code !== 'UNAVAILABLE' && declared.includes(code) ? undefined : `an unexpected ${code}`;
}

/** What the contract says about a text: its ref, its action, and the code of the error where that is certain. Written apart from the server's reading. */
function expected(text: string | undefined): { action?: ActionName; ref?: string; told?: ErrorCode } {
  const value = text === undefined ? undefined : parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { told: 'BAD_FRAME' };
  const { action, ref, data } = value as Record<string, unknown>;
  const readable = typeof ref === 'string' && ref.length <= 128 && ref.isWellFormed() && !ref.includes('\0');
  if (ref !== undefined && !readable) return { told: 'BAD_FRAME' };
  const echoed = readable ? { ref } : {};
  if (typeof action !== 'string' || /"__proto__"\s*:/.test(text ?? '')) return { ...echoed, told: 'BAD_FRAME' };
  if (!Object.hasOwn(actions, action)) return { ...echoed, told: 'UNKNOWN_ACTION' };
  const name = action as ActionName;
  return { ...echoed, action: name, ...(actions[name].input.safeParse(data ?? {}).success ? {} : { told: 'BAD_REQUEST' }) };
}

function problemOfAnswer({ route, method, told, names }: Call, { status, text }: Answer): string | undefined {
  if (method === 'HEAD') return status < 500 ? undefined : `a ${status}`;
  if (told && codeOf({ status, text }) !== told) return `not ${told}`;
  if (names && !named(names, (parsed(text) as ErrorBody).issues)) return `an answer that does not name ${names.join('.')}`;
  if (status >= 400) return problemOfRefusal(status, text);
  if (method !== routes[route].method) return undefined;
  return routes[route].output.safeParse(parsed(text)).success ? undefined : 'an answer that does not fit';
}

/** Whether a refusal names the place of the fault, or what is inside of it. */
const named = (path: readonly (string | number)[], issues: ErrorBody['issues']): boolean =>
  issues?.some((issue) => `${issue.path}.`.startsWith(`${path.join('.')}.`)) ?? false;

const codeOf = ({ status, text }: Answer): string => (parsed(text) as Partial<ErrorBody> | undefined)?.code ?? `${status}`;

function problemOfRefusal(status: number, text: string): string | undefined {
  const body = errorBodySchema.safeParse(parsed(text));
  if (!body.success) return `a ${status} without a code of the catalogue`;
  const { code } = body.data;
  if (code === 'INTERNAL' || code === 'UNAVAILABLE') return `an unexpected ${code}`;
  return errors[code].status === status ? undefined : `${code} with a ${status}`;
}

/** The HTTP answer in what was received, if one came whole. Node itself refuses a few requests without any body. */
function answerIn(received: string): (Answer & { code: string }) | undefined {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
  const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
  const start = received.indexOf('\r\n\r\n') + 4;
  const text = received.slice(start, start + length);
  return status === 0 || text.length < length ? undefined : { status, text, code: codeOf({ status, text }) };
}

/** What is wrong with the bytes that answer a broken request. */
function problemOfRaw({ kind, told }: Broken, received: string): string | undefined {
  const answer = answerIn(received);
  if (told && answer?.code !== told) return `not ${told} for ${kind}`;
  // Damaged bytes may be two requests.
  const count = received.match(/^HTTP\/1\.1 (?!100)\d{3} /gm)?.length ?? 0;
  if (kind !== 'damaged bytes' && count > 1) return `${count} answers to ${kind}`;
  return answer === undefined || answer.status < 400 || answer.text === '' ? undefined : problemOfRefusal(answer.status, answer.text);
}

/** The whole frames that came after an upgrade. */
function* framesIn(received: string): Iterable<{ opcode: number; body: Buffer }> {
  const bytes = Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1');
  for (let at = 0; at + 2 <= bytes.length;) {
    const opcode = bytes.readUInt8(at) & 15;
    const short = bytes.readUInt8(at + 1);
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (at + head > bytes.length) return;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const body = bytes.subarray(at + head, at + head + length);
    if (body.length < length) return;
    at += head + length;
    yield { opcode, body };
  }
}

const closeOf = (body: Buffer): number => (body.length >= 2 ? body.readUInt16BE(0) : 1000);

/** What is wrong with the frames that came after an upgrade. */
function* problemsOf(received: string): Iterable<string> {
  for (const { opcode, body } of framesIn(received)) {
    if (opcode === 8) {
      const code = closeOf(body);
      // 1000 is the echo of the client's own close.
      if (code !== 1000 && !allowedCloses.has(code)) yield `a close with ${code}`;
    } else if (opcode === 1) {
      const frame = parsed(body.toString()) as { action?: string; data?: unknown } | undefined;
      if (frame?.action === undefined) yield 'a frame without an action';
      if (frame?.action === 'error' && !errorBodySchema.safeParse(frame.data).success) yield 'an error without a code of the catalogue';
    } else if (opcode !== 9 && opcode !== 10) yield `a frame of opcode ${opcode}`;
  }
}

/** Each kind with what it was answered, the most frequent first. */
function tableOf(answers: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const width = Math.max(0, ...[...answers.keys()].map(({ length }) => length));
  const rows = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
  return rows
    .map(([kind, told]) => {
      const cells = [...told].sort(([, a], [, b]) => b - a).map(([answer, times]) => `${answer} ${times}`);
      return `${kind.padEnd(width)} | ${cells.join(', ')}\n`;
    })
    .join('');
}

/** A client's close with 1000, as it is on the wire. */
const closeFrame = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  const text = (_: string, inner: unknown): unknown =>
    inner !== null && typeof inner === 'object' && (inner as { type?: unknown }).type === 'Buffer'
      ? Buffer.from((inner as { data?: number[] }).data ?? []).toString()
      : inner;
  return String(JSON.stringify(value, text)).slice(0, 400);
}
