export type { FanoutQueue } from './fanout-queue';
export { InProcessQueue } from './in-process.queue';
export { KafkaQueue } from './kafka.queue';
export { type NudgeHead, gatewayTopic, isNudgeHead } from './nudge';
export { Relay } from './relay';
export { FanoutWorker } from './worker';
