import { QueryFailedError } from 'typeorm';
import { type Failure, failureOf, isDuplicateKey, timeout } from './failure';

const failed = (fields: object): Error => Object.assign(new Error('said the driver'), fields);
const answer = (errno: number, code = 'ER_SOMETHING'): Error => failed({ errno, code, sqlState: 'HY000' });

describe.each<[Failure, readonly (readonly [string, Error])[]]>([
  [
    'retry',
    [
      ['a deadlock', answer(1213)],
      ['a lock wait', answer(1205)],
      ...[8002, 8022, 8028, 9007].map((errno) => [`TiDB's ${errno}`, answer(errno)] as const),
      ['a busy SQLite', failed({ code: 'SQLITE_BUSY' })],
    ],
  ],
  [
    'lost',
    [
      ...['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'].map((code) => [code, failed({ code })] as const),
      ['a closed connection, of which the driver says no more', failed({ fatal: true })],
      ['a shutdown', answer(1053, 'ER_SERVER_SHUTDOWN')],
      ['too many connections', answer(1040, 'ER_CON_COUNT_ERROR')],
      ['a connection that somebody killed', answer(1927)],
      ['a server that was demoted', answer(1290, 'ER_OPTION_PREVENTS_STATEMENT')],
      ['a server that is read-only', answer(1836, 'ER_READ_ONLY_MODE')],
    ],
  ],
  [
    'down',
    [
      ['a missed deadline', timeout('a statement', 10)],
      ['a connection that does not come about', failed({ code: 'ETIMEDOUT', syscall: 'connect', fatal: true })],
      ['a full disk', answer(1021, 'ER_DISK_FULL')],
      ['a wrong password', failed({ errno: 1045, code: 'ER_ACCESS_DENIED_ERROR', sqlState: '28000', fatal: true })],
      ['a broken SQLite', failed({ code: 'SQLITE_IOERR_WRITE' })],
    ],
  ],
  [
    'statement',
    [
      ['a duplicate key', answer(1062, 'ER_DUP_ENTRY')],
      ['a packet that is too large', answer(1153, 'ER_NET_PACKET_TOO_LARGE')],
      ['a text that is too long', answer(1406, 'ER_DATA_TOO_LONG')],
      ['an answer that cannot be read', new Error('Malformed packet')],
      ['a constraint of SQLite', failed({ code: 'SQLITE_CONSTRAINT_UNIQUE' })],
      ['nothing at all', undefined as unknown as Error],
    ],
  ],
])('%s', (failure, errors) => {
  it.each(errors)('is %s', (_, error) => {
    expect(failureOf(error)).toBe(failure);
    if (error) expect(failureOf(new QueryFailedError('SELECT 1', [], error))).toBe(failure);
  });
});

it('a duplicate key is told from other errors on every store', () => {
  const errors = [
    answer(1062),
    failed({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }),
    failed({ code: 'SQLITE_CONSTRAINT_NOTNULL' }),
    answer(1048),
  ];
  expect(errors.map(isDuplicateKey)).toEqual([true, true, false, false]);
});
