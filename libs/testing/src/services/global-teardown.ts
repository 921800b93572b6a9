import { stopSharedServices } from './shared-services';

/** Jest's `globalTeardown`, once after all projects, whatever came of the tests. */
export default stopSharedServices;
