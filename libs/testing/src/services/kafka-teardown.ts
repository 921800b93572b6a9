import { stopSharedKafka } from './shared-kafka';
import { stopSharedServices } from './shared-services';

/** Jest's `globalTeardown` of that project. */
export default async function stopAll(): Promise<void> {
  await Promise.all([stopSharedServices(), stopSharedKafka()]);
}
