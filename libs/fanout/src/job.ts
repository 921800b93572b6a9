/** That something was said in a group: those are to be told who are connected and have not subscribed to it. */
export interface FanoutJob {
  readonly convId: string;
  /** The highest seq that the job stands for. */
  readonly seq: number;
  /** Whom it mentions: users, and `@all`. */
  readonly mentions: readonly string[];
}

const version = 1;
/** A job may stand for many messages; whoever is mentioned last is told like everybody else. */
const maxMentions = 2_000;

/** A job as bytes. */
export function encodeJob({ convId, seq, mentions }: FanoutJob): Buffer {
  return Buffer.from(JSON.stringify({ v: version, convId, seq, mentions }));
}

/** The job of such bytes. Throws a `TypeError` that says what is wrong with them, and nothing of what they hold. */
export function decodeJob(bytes: Buffer | null): FanoutJob {
  let value: unknown;
  try {
    value = JSON.parse(bytes?.toString() ?? '');
  } catch {
    throw new TypeError('the record is not JSON');
  }
  const { v, convId, seq, mentions } = (value ?? {}) as Record<string, unknown>;
  if (v !== version) throw new TypeError('the record is of a version that is not known here');
  if (typeof convId !== 'string' || !convId.startsWith('group:')) throw new TypeError('the record names no group');
  if (!Number.isSafeInteger(seq) || Number(seq) < 1) throw new TypeError('the record has no seq');
  if (!Array.isArray(mentions) || !mentions.every((name) => typeof name === 'string')) throw new TypeError('the record has no mentions');
  return { convId, seq: Number(seq), mentions: mentions.slice(0, maxMentions) };
}

/** One job for each group: its highest seq and everybody who is mentioned; in the order in which the groups come first. */
export function coalesce(jobs: readonly FanoutJob[]): FanoutJob[] {
  const byGroup = new Map<string, FanoutJob>();
  for (const job of jobs) {
    const earlier = byGroup.get(job.convId);
    byGroup.set(job.convId, earlier ? both(earlier, job) : job);
  }
  return [...byGroup.values()];
}

function both(one: FanoutJob, other: FanoutJob): FanoutJob {
  const mentions = [...new Set([...one.mentions, ...other.mentions])].slice(0, maxMentions);
  return { convId: one.convId, seq: Math.max(one.seq, other.seq), mentions };
}
