import type { Inspector } from './inspector';
import { type CallFrame, type Hot, placeOf } from './profiler';

interface Node {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly Node[];
}

/** A sample every so many bytes, on average. */
const samplingInterval = 2_048;

/** Runs `work` and answers which functions allocated what is still held on V8's heap after it, by their share; most first. */
export async function heldAfter(inspector: Inspector, work: () => Promise<unknown>, count = 20): Promise<Hot[]> {
  await inspector.ask('HeapProfiler.startSampling', { samplingInterval });
  await work();
  await inspector.ask('HeapProfiler.collectGarbage');
  const { profile } = (await inspector.ask('HeapProfiler.stopSampling')) as { profile: { head: Node } };
  return sharesIn(profile.head).slice(0, count);
}

/** The shares of functions in a tree of calls, their callees left out; most first. */
export function sharesIn(head: Node): Hot[] {
  const held = new Map<string, number>();
  const nodes = [head];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    const place = placeOf(node.callFrame);
    held.set(place, (held.get(place) ?? 0) + node.selfSize);
    nodes.push(...node.children);
  }
  const total = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
  return [...held].sort(([, a], [, b]) => b - a).map(([where, bytes]) => ({ share: bytes / total, where }));
}
