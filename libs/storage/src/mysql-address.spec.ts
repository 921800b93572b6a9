import { mysqlAddress } from './mysql-address';

const plain = { host: 'db', port: 3306, user: 'im', password: 'p@/:', database: 'parley' };

it.each([
  ['mysql://im:p%40%2F%3A@db/parley', plain],
  ['mysql://im:p%40%2F%3A@db:4000/parley', { ...plain, port: 4000 }],
  ['mysql://im:p%40%2F%3A@db/parley?ssl=false', plain],
  ['mysql://im:p%40%2F%3A@db/parley?ssl=true', { ...plain, ssl: { rejectUnauthorized: true } }],
  ['mysql://im:p%40%2F%3A@[::1]/parley', { ...plain, host: '::1' }],
])('%s leads where it says', (url, address) => {
  expect(mysqlAddress(url)).toEqual(address);
});

it.each([
  ['mysql://db', /names no database/],
  ['mysql://db/', /names no database/],
  ['mysql://db/parley?ssl=prefer', /ssl is neither true nor false/],
])('%s is refused', (url, reason) => {
  expect(() => mysqlAddress(url)).toThrow(reason);
});
