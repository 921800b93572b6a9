import {
  bucketName,
  databaseUrl,
  decimalNumber,
  flag,
  hostAndPort,
  keyPrefix,
  type Kind,
  listOf,
  network,
  oneOf,
  origin,
  type Raw,
  namePrefix,
  redisUrl,
  webAddress,
  wholeNumber,
} from './kinds';
import { configTextLayer } from './config-file';

const read = <T>(kind: Kind<T>, raw: Raw): T | 'refused' => {
  const reading = kind.read(raw);
  return 'refused' in reading ? 'refused' : reading.value;
};

describe('a number', () => {
  const notNumbers = [
    '12abc',
    '1e3',
    ' ',
    ' 1',
    '1 ',
    'NaN',
    '.nan',
    'Infinity',
    '-1',
    '-0',
    '+1',
    '0x10',
    '0o7',
    '010',
    '1_000',
    '1,5',
    '.5',
    '5.',
  ];
  it.each(notNumbers)('is not %j', (text) => {
    expect([read(wholeNumber(0, 1e6), text), read(decimalNumber(0, 1e6), text)]).toEqual(['refused', 'refused']);
  });

  it('that must be whole has no fraction', () => {
    expect([read(wholeNumber(0, 9), '1.5'), read(wholeNumber(0, 9), '1.0'), read(decimalNumber(0, 9), '1.5')]).toEqual([
      'refused',
      'refused',
      1.5,
    ]);
  });

  it('keeps its limits, both included', () => {
    expect(['9', '10', '20', '21'].map((text) => read(wholeNumber(10, 20), text))).toEqual(['refused', 10, 20, 'refused']);
  });

  it.each(['1e3', '0x1F90', '8080.0', '.nan', '+8080', '08080'])('is held to the same rules where YAML would convert it: %s', (text) => {
    const [setting] = configTextLayer(`port: ${text}`, 'config.yml').settings;
    expect(setting && read(setting.key.kind, setting.raw)).toBe('refused');
  });

  it('may be quoted in YAML', () => {
    const [setting] = configTextLayer('port: "8081"', 'config.yml').settings;
    expect(setting && read(setting.key.kind, setting.raw)).toBe(8081);
  });
});

describe('other kinds', () => {
  it('read true and false in the usual spellings', () => {
    expect(['true', 'YES', 'on', '1'].map((text) => read(flag, text))).toEqual([true, true, true, true]);
    expect(['false', 'No', 'off', '0'].map((text) => read(flag, text))).toEqual([false, false, false, false]);
    expect(['2', 'y', 'ja', ' ', 'toString'].map((text) => read(flag, text))).toEqual(Array(5).fill('refused'));
  });

  it('read a word of a few in any case', () => {
    expect(['warn', 'WARN', 'loud'].map((text) => read(oneOf('warn', 'info'), text))).toEqual(['warn', 'warn', 'refused']);
  });

  it('read a list from a sequence or from a text with commas', () => {
    const numbers = listOf(wholeNumber(0, 9));
    expect([read(numbers, ['1', '2']), read(numbers, '1, 2,,'), read(numbers, ',')]).toEqual([[1, 2], [1, 2], []]);
    expect(numbers.read('1,x')).toEqual({ refused: 'x' });
  });

  it('do not split the items of a sequence', () => {
    expect(read(listOf(hostAndPort), ['a:1,b:2'])).toBe('refused');
  });

  it.each([
    ['sqlite:/var/lib/parley.db', true],
    ['sqlite::memory:', true],
    ['mysql://u:p%40@db:3306/im?ssl=true', true],
    ['sqlite:', false],
    ['mysql://db', false],
    ['mysql:///im', false],
    ['postgres://db/im', false],
    ['db', false],
  ])('take a database URL or not: %s %s', (text, fits) => {
    expect(read(databaseUrl, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['redis://:pw@redis:6379/2', true],
    ['rediss://redis', true],
    ['redis:6379', false],
    ['http://redis', false],
    ['redis+sentinel://user:pw@s1:26379,s2:26379,s3/mymaster', true],
    ['redis+sentinel://s1,s2', false],
    ['rediss+cluster://:pw@n1:7000,n2:7001', true],
    ['redis+cluster://n1:7000/1', false],
  ])('take a Redis URL or not: %s %s', (text, fits) => {
    expect(read(redisUrl, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['parley:', true],
    ['a.b_c-d:', true],
    ['x'.repeat(65), false],
    ['a b', false],
    ['{slot}', false],
  ])('take a prefix of names or not: %s %s', (text, fits) => {
    expect(read(namePrefix, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['kafka:9092', true],
    ['[::1]:9092', true],
    ['kafka', false],
    ['kafka:0', false],
    ['kafka:70000', false],
    ['PLAINTEXT://kafka:9092', false],
  ])('take host and port or not: %s %s', (text, fits) => {
    expect(read(hostAndPort, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['10.0.0.0/8', true],
    ['::1', true],
    ['fd00::/128', true],
    ['10.0.0.1/33', false],
    ['10.0.0.1/', false],
    ['10.0.0.1/8/9', false],
    ['10.0.0.01', false],
    ['proxy', false],
    ['proxy/-1', false],
  ])('take an address or network or not: %s %s', (text, fits) => {
    expect(read(network, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['https://chat.example.com', 'https://chat.example.com'],
    ['https://Chat.Example.com:443/', 'https://chat.example.com'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['https://chat.example.com/app', 'refused'],
    ['https://user@chat.example.com', 'refused'],
    ['chat.example.com', 'refused'],
    ['localhost:5173', 'refused'],
    ['*', 'refused'],
  ])('bring an origin into the form in which browsers send it: %s → %s', (text, value) => {
    expect(read(origin, text)).toBe(value);
  });

  it.each([
    ['https://files.example.com', 'https://files.example.com'],
    ['http://MinIO:9000/', 'http://minio:9000'],
    ['https://chat.example.com/im//', 'https://chat.example.com/im'],
    ['https://user:pw@files.example.com', 'refused'],
    ['https://files.example.com/?a=b', 'refused'],
    ['https://files.example.com?', 'refused'],
    ['https://files.example.com/#', 'refused'],
    ['ftp://files.example.com', 'refused'],
    ['files.example.com', 'refused'],
    ['https://a b', 'refused'],
  ])('bring an address into the form that paths are put behind: %s → %s', (text, value) => {
    expect(read(webAddress, text)).toBe(value);
  });

  it.each([
    ['parley', true],
    ['parley-files.eu_1', true],
    ['ab', false],
    ['-ab', false],
    ['a/b', false],
    ['x'.repeat(64), false],
  ])('take the name of a bucket or not: %s %s', (text, fits) => {
    expect(read(bucketName, text)).toBe(fits ? text : 'refused');
  });

  it.each([
    ['parley/', true],
    ['im/eu.1/', true],
    ['.../', true],
    ['parley', false],
    ['/parley/', false],
    ['../', false],
    ['a/../b/', false],
    ['a//', false],
    ['a b/', false],
  ])('take the beginning of names in a bucket or not: %s %s', (text, fits) => {
    expect(read(keyPrefix, text)).toBe(fits ? text : 'refused');
  });
});
