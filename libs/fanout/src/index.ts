export type { JobResult } from './attempts';
export { type Beat, type FanoutQueue, GivenUp, type Work } from './fanout-queue';
export { InProcessQueue } from './in-process.queue';
export { type FanoutJob, coalesce, decodeJob, encodeJob } from './job';
export { type NudgeHead, gatewayTopic, isNudgeHead } from './nudge';
export { Relay } from './relay';
export { FanoutWorker } from './worker';
export { KafkaQueue } from './kafka.queue';
