import { busContract } from './bus.contract';
import { Exchange, InProcessBus } from './in-process.bus';

busContract('in-process', async () => {
  const exchange = new Exchange();
  return [new InProcessBus(exchange), new InProcessBus(exchange)];
});
