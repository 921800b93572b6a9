/**
 * What names in Redis begin with that all processes on one store share. The store's id is a part of them: what comes from processes on
 * another store, by a mistake in their settings, would be taken for this one's.
 */
export const redisNames = (redisPrefix: string, storeId: string) => ({
  bus: `${redisPrefix}${storeId}:`,
  presence: `${redisPrefix}${storeId}:presence:`,
});
