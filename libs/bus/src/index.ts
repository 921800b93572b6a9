export type { Bus, BusListener, BusMessage } from './bus';
export { Exchange, InProcessBus } from './in-process.bus';
