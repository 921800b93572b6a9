import fc from 'fast-check';
import { encodeAck, encodeError, encodeEvent, maxRefLength, parseFrame } from './frames';

describe('a frame from a client', () => {
  it('is its action, its ref and its data', () => {
    expect(parseFrame('{"action":"ping","ref":"1","data":{"a":1}}')).toEqual({ ok: true, action: 'ping', ref: '1', data: { a: 1 } });
  });

  it.each(['{"action":"ping"}', '{"action":"ping","data":null}'])('has empty data when it has none: %s', (text) => {
    expect(parseFrame(text)).toEqual({ ok: true, action: 'ping', ref: undefined, data: {} });
  });

  it('may name an action that nobody knows', () => {
    expect(parseFrame('{"action":"toString","ref":"1"}')).toMatchObject({ ok: true, action: 'toString', ref: '1' });
  });

  it('is read without throwing, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.string().map((text) => `{"action":${text}`),
    );
    fc.assert(fc.property(texts, (text) => expect(typeof parseFrame(text).ok).toBe('boolean')));
  });

  it('is read without throwing, whatever its fields', () => {
    const frames = fc.record({ action: fc.jsonValue(), ref: fc.jsonValue(), data: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(frames, (value) => {
        const frame = parseFrame(JSON.stringify(value));
        const refFits = value.ref === undefined || (typeof value.ref === 'string' && isRef(value.ref));
        expect(frame.ok).toBe(typeof value.action === 'string' && refFits);
        expect(frame.ref).toBe(refFits ? value.ref : undefined);
      }),
    );
  });

  it('is read without throwing, however deep it is nested', () => {
    expect(parseFrame('['.repeat(30_000)).ok).toBe(false);
    expect(parseFrame(`{"action":"ping","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`).ok).toBe(true);
  });

  it.each([
    ['', 'the frame is not JSON'],
    ['hello', 'the frame is not JSON'],
    ['{"action":"ping"', 'the frame is not JSON'],
    ['null', 'the frame is not a JSON object'],
    ['[{"action":"ping"}]', 'the frame is not a JSON object'],
    ['"ping"', 'the frame is not a JSON object'],
    ['{}', 'the frame has no action'],
    ['{"action":7}', 'the frame has no action'],
    ['{"__proto__":{"action":"ping"}}', 'the frame holds a key __proto__'],
    ['{"action":"send","data":{"payload":{"__proto__" : 1}}}', 'the frame holds a key __proto__'],
  ])('that is %j is refused: %s', (text, problem) => {
    expect(parseFrame(text)).toEqual({ ok: false, ref: undefined, problem });
  });
});

describe('the ref of a frame', () => {
  it('comes back even when the frame has no action', () => {
    expect(parseFrame('{"ref":"r"}')).toEqual({ ok: false, ref: 'r', problem: 'the frame has no action' });
  });

  it('may be empty and may have 128 characters', () => {
    expect(parseFrame('{"action":"ping","ref":""}')).toMatchObject({ ok: true, ref: '' });
    expect(parseFrame(JSON.stringify({ action: 'ping', ref: 'r'.repeat(maxRefLength) }))).toMatchObject({ ok: true });
  });

  it.each([7, null, true, {}, ['r'], 'r'.repeat(maxRefLength + 1), 'a\0'])('is refused and not echoed when it is %j', (ref) => {
    expect(parseFrame(JSON.stringify({ action: 'ping', ref }))).toMatchObject({ ok: false, ref: undefined });
  });

  it('is refused with a lone surrogate', () => {
    expect(parseFrame('{"action":"ping","ref":"\\ud800"}')).toMatchObject({ ok: false, ref: undefined });
  });
});

describe('a frame from the server', () => {
  it('is an ack, an error or an event', () => {
    expect(JSON.parse(encodeAck('1', { seq: 3 }))).toEqual({ action: 'ack', ref: '1', data: { seq: 3 } });
    expect(JSON.parse(encodeError('1', { code: 'MUTED', message: 'quiet' }))).toEqual({
      action: 'error',
      ref: '1',
      data: { code: 'MUTED', message: 'quiet' },
    });
    expect(JSON.parse(encodeEvent('resync', { reason: 'gap' }))).toEqual({ action: 'resync', data: { reason: 'gap' } });
  });

  it('has no ref when the request had none', () => {
    expect(encodeAck(undefined, {})).toBe('{"action":"ack","data":{}}');
  });
});

function isRef(text: string): boolean {
  return text.length <= maxRefLength && text.isWellFormed() && !text.includes('\0');
}
