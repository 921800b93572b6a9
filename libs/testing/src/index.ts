export { type CrashPoint, type Fault, FaultyDatabase } from './faulty-database';
export { RawSocket } from './raw-socket';
export { Seeded, withSeed } from './seeded';
export { openStoreIn, openTempStore, type TempStore, type TempStoreOptions } from './temp-store';
export { type Closed, codeOf, type ConnectOptions, Refused, type ServerFrame, TestClient, UpgradeRefused } from './client';
export { type Answer, type Person, World } from './world';
export { HubListener, HubWorld, LossyBus } from './hub-world';
