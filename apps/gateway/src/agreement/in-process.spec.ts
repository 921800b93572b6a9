import { Exchange, InProcessBus } from '@app/bus';
import { World } from '@app/testing';
import { describeAgreement } from './agreement.contract';

describe('the settings of gateways on one bus in this process', () => {
  describeAgreement(async () => {
    const exchange = new Exchange();
    return {
      start: (overrides, parts) => World.start(overrides, { ...parts, bus: new InProcessBus(exchange) }),
      stranger: async () => new InProcessBus(exchange),
    };
  });
});
