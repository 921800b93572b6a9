import { FrameLog, type LogEntry } from './frame-log';
import { summaryOf } from './summary';

const lineOf = (text: string): LogEntry => {
  const log = new FrameLog({ now: () => 0, elapsed: () => 0, later: (task) => task() });
  log.sent(text, 'console');
  return log.snapshot()[0]!;
};

describe('what a line of the log says in a few words', () => {
  it('is what tells most', () => {
    expect(summaryOf(lineOf('{"action":"send","data":{"to":"bob","payload":{"text":"hi"}}}'))).toBe('“hi” bob');
    expect(summaryOf(lineOf('{"action":"error","data":{"code":"BAD_FRAME","message":"no"}}'))).toBe('BAD_FRAME no');
  });

  it.each([
    'null',
    '5',
    '"text"',
    '[]',
    '{}',
    '{"action":"send","data":"text"}',
    '{"action":"send","data":null}',
    '{"action":7}',
    'no JSON',
  ])('is something for %s too, which anybody can write', (text) => {
    expect(typeof summaryOf(lineOf(text))).toBe('string');
  });
});
