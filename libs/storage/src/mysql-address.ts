/** Where a MySQL is and whom it knows us as. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Given when the way there is encrypted, and the certificate at its end checked. */
  readonly ssl?: { readonly rejectUnauthorized: true };
}

/**
 * Reads `mysql://user:password@host:port/database`, with `?ssl=true` for an encrypted connection; authorities beside the usual ones come
 * by Node's own NODE_EXTRA_CA_CERTS. Throws with a one-line reason.
 */
export function mysqlAddress(url: string): MysqlAddress {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  if (database === '') throw new Error('databaseUrl: names no database; append one, as in mysql://user:password@host:3306/parley');
  const ssl = searchParams.get('ssl') ?? 'false';
  // Whoever asks for protection by a word that is not known here must not be left without.
  if (ssl !== 'true' && ssl !== 'false') throw new Error('databaseUrl: ssl is neither true nor false');
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database,
    ...(ssl === 'true' ? { ssl: { rejectUnauthorized: true } as const } : {}),
  };
}
