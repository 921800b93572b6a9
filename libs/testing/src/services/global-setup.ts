import { startSharedServices } from './shared-services';

/** Jest's `globalSetup` of every project whose tests use the shared services. */
export default startSharedServices;
