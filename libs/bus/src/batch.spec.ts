import fc from 'fast-check';
import { Batch, batchLimits, decodeBatch, publisherLimit, publisherOf } from './batch';

const messages = fc.array(fc.record({ head: fc.jsonValue(), body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) }), {
  maxLength: batchLimits.messages,
});

function batchOf(list: readonly { head: unknown; body: Buffer }[]): Batch {
  const batch = new Batch();
  for (const { head, body } of list) expect(batch.add(JSON.stringify(head), body)).toBe(true);
  return batch;
}

describe('a batch of messages', () => {
  it('is read as it was written, and names its publisher', () => {
    fc.assert(
      fc.property(messages, fc.nat(publisherLimit - 1), (list, publisher) => {
        const payload = batchOf(list).encode(publisher);
        expect(publisherOf(payload)).toBe(publisher);
        expect(JSON.stringify(decodeBatch(payload))).toBe(JSON.stringify(list));
      }),
    );
  });

  it('costs 7 bytes, and 8 for each message', () => {
    const payload = batchOf([
      { head: { seq: 1 }, body: Buffer.from('abc') },
      { head: 'ü', body: Buffer.alloc(0) },
    ]).encode(1);
    expect(payload.toString('hex')).toBe(
      '01' + '000000000001' + '00000009' + hex('{"seq":1}') + '00000003' + hex('abc') + '00000004' + hex('"ü"') + '00000000',
    );
  });

  it('gives bodies that are views of the payload', () => {
    const payload = batchOf([{ head: 0, body: Buffer.from('abc') }]).encode(1);
    payload.fill('x', payload.length - 3);
    expect(decodeBatch(payload)?.[0]?.body.toString()).toBe('xxx');
  });

  it('takes messages up to its limits, and always one', () => {
    const full = batchOf(Array.from({ length: batchLimits.messages }, (_, head) => ({ head, body: Buffer.alloc(0) })));
    expect(full.add('0', Buffer.alloc(0))).toBe(false);
    const long = batchOf([{ head: 0, body: Buffer.alloc(batchLimits.bytes / 2) }]);
    expect(long.add('0', Buffer.alloc(batchLimits.bytes / 2))).toBe(false);
    expect(long.add('0', Buffer.alloc(batchLimits.bytes / 2 - 25))).toBe(true);
    expect(long.bytes).toBe(batchLimits.bytes);
    expect(long.encode(1)).toHaveLength(batchLimits.bytes);
    expect(batchOf([{ head: 0, body: Buffer.alloc(2 * batchLimits.bytes) }]).count).toBe(1);
  });

  it('is refused, and never throws, when it is cut anywhere within a message', () => {
    const list = [
      { head: { seq: 1 }, body: Buffer.from('abc') },
      { head: { seq: 2 }, body: Buffer.from('defg') },
    ];
    const payload = batchOf(list).encode(1);
    const wholes = [batchOf([]), batchOf(list.slice(0, 1)), batchOf(list)].map(({ bytes }) => bytes);
    for (let length = 7; length <= payload.length; length++) {
      const read = decodeBatch(payload.subarray(0, length));
      expect(read?.length).toBe(wholes.includes(length) ? wholes.indexOf(length) : undefined);
    }
  });

  it('is refused, and never throws, when it is anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const payload = Buffer.from(bytes);
        if (publisherOf(payload) === undefined) expect(payload.length < 7 || payload[0] !== 1).toBe(true);
        else expect(() => decodeBatch(payload)).not.toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const payload = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 9]), bytes]);
        const read = decodeBatch(payload);
        const bodies = (read ?? []).reduce((sum, { body }) => sum + body.length, 0);
        expect(bodies).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

const hex = (text: string): string => Buffer.from(text).toString('hex');
