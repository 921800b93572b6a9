import { isUtf8 } from 'node:buffer';
import { type ActionName, actions } from '@app/protocol';
import { type Fault, type Seeded, faultsOf, withFault } from '@app/testing';
import { type Mutations, inputOf, spellings } from './mutations';

const maxFrameBytes = 65_536;

/** A frame as it goes out; `parts` are the fragments of its text or bytes. */
export interface Outgoing {
  /** What is wrong with it. */
  readonly kind: string;
  readonly parts: readonly Buffer[];
  readonly binary: boolean;
  /** With one fault: what the answer must name. */
  readonly names?: Fault['path'];
}

type Made = Pick<Outgoing, 'kind' | 'names'> & { readonly text: string | Buffer };

const names = Object.keys(actions) as ActionName[];
const faults = names.flatMap((action) => faultsOf(actions[action].input).map((fault) => ({ action, fault })));

const unclosed = ['[', '{"a":', '"', '[[],', '{"data":{"payload":'];

/** Frames that a gateway should never get, and some that it should. The same seed makes the same ones. */
export class NonsenseFrames {
  constructor(
    private readonly random: Seeded,
    private readonly mutations: Mutations,
  ) {}

  /** A frame that WebSocket itself lets through: not too large, and UTF-8 if it is text. */
  frame(): Outgoing {
    const { random } = this;
    for (;;) {
      const { text, ...rest } = random.chance(0.5) ? this.withOneFault() : this.made();
      const whole = Buffer.from(text);
      if (whole.length > maxFrameBytes) continue;
      if (random.chance(0.03)) return { kind: 'binary', parts: [whole], binary: true };
      if (!isUtf8(whole)) continue;
      if (whole.length === 0 || random.chance(0.9)) return { ...rest, parts: [whole], binary: false };
      const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(whole.length)).sort((a, b) => a - b);
      return { ...rest, parts: [...cuts, whole.length].map((end, i) => whole.subarray(cuts[i - 1] ?? 0, end)), binary: false };
    }
  }

  /** Bytes of a client's frame, damaged on the wire or too large. */
  wireBytes(): Buffer {
    if (this.random.chance(0.1)) return maskedFrame(Buffer.alloc(maxFrameBytes + 1, ' '));
    return this.mutations.damaged(maskedFrame(this.goodBytes()), maskedFrame(this.goodBytes()));
  }

  private withOneFault(): Made {
    const { action, fault } = this.random.pick(faults);
    const data = withFault(this.mutations.request(actions[action].input), fault);
    return { kind: `one fault: ${fault.what}`, names: fault.path, text: JSON.stringify({ ...this.head(action), data }) };
  }

  private made(): Made {
    const { random, mutations } = this;
    const action = random.pick(names);
    const good = { ...this.head(action), data: mutations.request(actions[action].input) };
    switch (random.below(8)) {
      case 0:
        return { kind: 'fits', text: JSON.stringify(good) };
      case 1: {
        const spelling = random.pick(spellings);
        return { kind: `spelled: ${spelling}`, text: mutations.spelled(JSON.stringify(good), spelling) };
      }
      case 2:
        return { kind: 'no frame', text: mutations.text(mutations.odd()) };
      case 3: {
        const field = random.pick(['action', 'ref', 'data', 'from', '__proto__']);
        return { kind: 'another envelope', text: mutations.text({ ...good, [field]: mutations.odd() }) };
      }
      case 4:
        return { kind: 'never closed', text: random.pick(unclosed).repeat(random.pick([1, 100, 3_000])) };
      case 5:
        return { kind: 'damaged bytes', text: mutations.damaged(this.goodBytes(), this.goodBytes()) };
      default:
        return { kind: 'several faults', text: mutations.text({ ...good, data: mutations.wrong(inputOf(actions[action].input)) }) };
    }
  }

  private head(action: ActionName): { action: ActionName; ref: string } {
    return { action, ref: `f${this.random.below(1_000_000)}` };
  }

  private goodBytes(): Buffer {
    const action = this.random.pick(names);
    return Buffer.from(JSON.stringify({ ...this.head(action), data: this.mutations.request(actions[action].input) }));
  }
}

/** A client's text frame as it is on the wire, masked with zeros. */
function maskedFrame(body: Buffer): Buffer {
  const size = body.length;
  const lengths = Buffer.alloc(size < 126 ? 0 : size < 65_536 ? 2 : 8);
  if (lengths.length === 2) lengths.writeUInt16BE(size);
  if (lengths.length === 8) lengths.writeBigUInt64BE(BigInt(size));
  const short = lengths.length === 0 ? size : lengths.length === 2 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x81, 0x80 | short]), lengths, Buffer.alloc(4), body]);
}
