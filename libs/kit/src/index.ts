export * from './background';
export * from './clock';
export * from './ids';
export * from './lane';
export * from './log';
export * from './metrics';
export * from './recurring';
