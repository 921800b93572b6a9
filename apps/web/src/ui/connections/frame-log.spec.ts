import { FrameLog, capacity } from './frame-log';

function logWithClock() {
  let time = 1_000;
  const log = new FrameLog({ now: () => time, elapsed: () => time, later: (task) => task() });
  return { log, pass: (ms: number) => (time += ms) };
}

describe('a frame log', () => {
  it('pairs a reply with its request by ref, and says how long it took', () => {
    const { log, pass } = logWithClock();
    log.sent('{"action":"send","ref":"7","data":{}}', 'console');
    log.received('{"action":"message","data":{}}');
    pass(12);
    expect(log.received('{"action":"ack","ref":"7","data":{"seq":1}}')).toEqual({ ok: true, tookMs: 12 });
    expect(log.snapshot().map(({ title, answers, outcome }) => [title, answers, outcome?.tookMs])).toEqual([
      ['send', undefined, 12],
      ['message', undefined, undefined],
      ['ack', 'send', 12],
    ]);
  });

  it('shows the code of an error on the request too', () => {
    const { log } = logWithClock();
    log.sent('{"action":"recall","ref":"a"}', 'console');
    log.received('{"action":"error","ref":"a","data":{"code":"NOT_FOUND","message":"…"}}');
    expect(log.snapshot().map(({ outcome }) => outcome?.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('takes an answer for that of no request when the socket has gone in between', () => {
    const { log } = logWithClock();
    log.sent('{"action":"ping","ref":"1"}', 'sdk');
    log.happened('close', { code: 1006 }, 'in');
    expect(log.received('{"action":"ack","ref":"1","data":{}}')).toBeUndefined();
  });

  it('shows what is no JSON as it is', () => {
    const { log } = logWithClock();
    log.sent('{oops', 'console');
    expect(log.snapshot()[0]).toMatchObject({ title: '?', text: '{oops', value: undefined });
  });

  it('keeps the newest lines only, and still finds requests among them', () => {
    const { log } = logWithClock();
    for (let i = 0; i < capacity * 2; i++) log.received('{"action":"message","data":{}}');
    log.sent('{"action":"ping","ref":"1"}', 'console');
    log.received('{"action":"ack","ref":"1","data":{}}');
    const lines = log.snapshot();
    expect(lines).toHaveLength(capacity);
    expect(lines.at(-2)).toMatchObject({ title: 'ping', outcome: { ok: true } });
  });

  it('writes down both halves of a REST request', () => {
    const { log, pass } = logWithClock();
    const answer = log.request('POST /api/friends', '{"friendId":"bob"}');
    pass(5);
    answer({ ok: false, code: '404', text: '{"code":"NOT_FOUND"}' });
    expect(log.snapshot()).toMatchObject([
      { title: 'POST /api/friends', outcome: { ok: false, code: '404', tookMs: 5 } },
      { title: '404', answers: 'POST /api/friends' },
    ]);
  });
});
