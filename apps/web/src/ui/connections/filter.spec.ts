import { actionsIn, everything, filtered } from './filter';
import { FrameLog } from './frame-log';
import { summaryOf } from './summary';

function someLog(): FrameLog {
  const log = new FrameLog({ now: () => 0, elapsed: () => 0, later: (task) => task() });
  log.sent('{"action":"send","ref":"ui-1","data":{"payload":{"text":"Hi"},"groupId":"g1"}}', 'console');
  log.received('{"action":"ack","ref":"ui-1","data":{"seq":2}}');
  log.received('{"action":"message","data":{"seq":2,"payload":{"text":"Hi"}}}');
  log.sent('{"action":"ping","ref":"ui-ping-2","data":{}}', 'console');
  log.received('{"action":"ack","ref":"ui-ping-2","data":{"serverTime":1}}');
  log.request('POST /api/login', '{"username":"alice"}')({ ok: true, code: '200', text: '{"userId":"u1"}' });
  return log;
}

const titles = (part: object) => filtered(someLog().snapshot(), { ...everything, ...part }).map(({ title }) => title);

describe('the filter of a log', () => {
  it('leaves pings out until they are asked for', () => {
    expect(titles({})).toEqual(['send', 'ack', 'message', 'POST /api/login', '200']);
    expect(titles({ pings: true })).toHaveLength(7);
  });

  it('shows a reply with the action that it answers', () => {
    expect(titles({ action: 'send' })).toEqual(['send', 'ack']);
    expect(titles({ text: 'LOGIN' })).toEqual(['POST /api/login', '200']);
  });

  it('tells in from out, and finds text without regard to case', () => {
    expect(titles({ direction: 'in' })).toEqual(['ack', 'message', '200']);
    expect(titles({ text: '"hi"' })).toEqual(['send', 'message']);
  });

  it('offers what is in the log', () => {
    expect(actionsIn(someLog().snapshot())).toEqual(['REST', 'message', 'ping', 'send']);
  });
});

describe('the summary of a line', () => {
  it('begins with what was said', () => {
    expect(someLog().snapshot().map(summaryOf)).toEqual(['“Hi” g1', 'seq 2', '“Hi” seq 2', '', 'serverTime', 'alice', 'u1']);
  });

  it('of an error is its code and its text', () => {
    const log = someLog();
    log.received('{"action":"error","ref":"x","data":{"code":"NOT_FOUND","message":"there is no such thing"}}');
    expect(summaryOf(log.snapshot().at(-1)!)).toBe('NOT_FOUND there is no such thing');
  });
});
