import { startSharedKafka } from './shared-kafka';
import { startSharedServices } from './shared-services';

/** Jest's `globalSetup` of the project whose tests use Kafka too. */
export default async function startAll(): Promise<void> {
  await Promise.all([startSharedServices(), startSharedKafka()]);
}
