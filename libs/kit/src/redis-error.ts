/**
 * An error of ioredis without the command that it answers, which may be the one that brought the password. Of a Cluster that cannot be
 * had, it is why the last node could not.
 */
export function withoutSecrets(error: Error): Error {
  const { code, lastNodeError = undefined } = error as NodeJS.ErrnoException & { lastNodeError?: Error };
  if (lastNodeError) return withoutSecrets(lastNodeError);
  return new Error(error.message.replace(/,? with args beginning with.*/s, '') || code || error.name);
}
