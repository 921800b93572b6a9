/** An error of ioredis without the command that it answers, which may be the one that brought the password. */
export function withoutSecrets(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return new Error(error.message.replace(/,? with args beginning with.*/s, '') || code || error.name);
}
