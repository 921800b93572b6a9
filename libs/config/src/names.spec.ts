import { environmentLayer } from './environment';
import { configTextLayer } from './config-file';
import { settle } from './layer';
import { configKeys, nestedConfig } from './schema';

const fromEnv = (env: NodeJS.ProcessEnv) => {
  const layer = environmentLayer(env);
  return { ...layer, config: nestedConfig(settle(layer.settings).values) };
};
const fromYml = (text: string) => {
  const layer = configTextLayer(text, 'config.yml');
  return { ...layer, config: nestedConfig(settle(layer.settings).values) };
};

describe('names in the environment', () => {
  it.each([
    ['auth.autoProvision', ['PARLEY_AUTH_AUTO_PROVISION']],
    ['wsSendQPS', ['WSSendQPS', 'WS_SEND_QPS', 'PARLEY_WS_SEND_QPS']],
    ['wsSendBurst', ['WSSendBurst', 'WS_SEND_BURST', 'PARLEY_WS_SEND_BURST']],
    ['jwtSecret', ['JWT_SECRET', 'PARLEY_JWT_SECRET']],
    ['jwtPreviousSecrets', ['JWT_PREVIOUS_SECRETS', 'PARLEY_JWT_PREVIOUS_SECRETS']],
    ['port', ['PORT', 'PARLEY_PORT']],
    ['dataDir', ['DATA_DIR', 'PARLEY_DATA_DIR']],
    ['maxSubscriptionsPerConnection', ['PARLEY_MAX_SUBSCRIPTIONS_PER_CONNECTION']],
  ])('%s answers to %j', (path, names) => {
    expect(configKeys.find((key) => key.path === path)?.env).toEqual(names);
  });

  it.each(['WSSendQPS', 'WS_SEND_QPS', 'PARLEY_WS_SEND_QPS'])('%s sets the send rate', (name) => {
    const { config, settings } = fromEnv({ [name]: '2.5' });
    expect(config.wsSendQPS).toBe(2.5);
    expect(settings[0]?.source).toBe(`environment ${name}`);
  });

  it('are never shared by two keys', () => {
    const names = configKeys.flatMap((key) => key.env);
    expect(new Set(names).size).toBe(names.length);
  });

  it('may be given twice with the same value, or with one of them empty', () => {
    expect(fromEnv({ PORT: '1', PARLEY_PORT: '1' })).toMatchObject({ problems: [], config: { port: 1 } });
    expect(fromEnv({ PORT: '', PARLEY_PORT: '2' })).toMatchObject({ problems: [], config: { port: 2 } });
  });

  it('are reported when they have the prefix and belong to no key', () => {
    expect(fromEnv({ PARLEY_WS_SEND_QSP: '1', PARLEY_COLOUR: 'red', PARLEY_EMPTY: '', PATH: '/bin' }).warnings).toEqual([
      'config: PARLEY_WS_SEND_QSP in the environment belongs to no key; did you mean PARLEY_WS_SEND_QPS?',
      'config: PARLEY_COLOUR in the environment belongs to no key',
    ]);
  });

  it('count as written: another case is not read, but reported', () => {
    const { config, warnings } = fromEnv({ WSSENDQPS: '1' });
    expect(config.wsSendQPS).toBe(20);
    expect(warnings).toEqual(['config: WSSENDQPS in the environment belongs to no key; did you mean WSSendQPS?']);
  });

  it('are not confused with what Kubernetes sets for a service called parley', () => {
    const links = {
      PARLEY_PORT: 'tcp://10.96.0.7:80',
      PARLEY_PORT_80_TCP: 'tcp://10.96.0.7:80',
      PARLEY_PORT_80_TCP_ADDR: '10.96.0.7',
      PARLEY_SERVICE_HOST: '10.96.0.7',
      PARLEY_SERVICE_PORT_HTTP: '80',
      PARLEY_CONSUMER_PORT: 'tcp://10.96.0.8:80',
    };
    expect(fromEnv({ ...links, KUBERNETES_SERVICE_HOST: '10.96.0.1' })).toMatchObject({ settings: [], problems: [], warnings: [] });
    expect(fromEnv({ PARLEY_PORT: '9', KUBERNETES_SERVICE_HOST: '10.96.0.1' }).config.port).toBe(9);
    expect(fromEnv(links).warnings).toHaveLength(4);
  });
});

describe('names in config.yml', () => {
  it.each(['wsSendQPS', 'WSSendQPS', 'wssendqps', 'WSSENDQPS'])('%s sets the send rate: case does not count', (name) => {
    expect(fromYml(`${name}: 3`).config.wsSendQPS).toBe(3);
  });

  it.each(['auth: { registration: false }', 'auth.registration: false', 'AUTH:\n  Registration: false', 'Auth.REGISTRATION: false'])(
    'nest by mapping or by dot: %j',
    (yml) => {
      expect(fromYml(yml)).toMatchObject({ warnings: [], config: { auth: { registration: false, autoProvision: true } } });
    },
  );

  it('are reported when they are unknown, with the nearest known one', () => {
    expect(
      fromYml('prot: 1\nauth:\n  registraton: true\nregistration: true\njwt_secret: x\nathu: { a: 1 }\ncolour: red\n').warnings,
    ).toEqual([
      'config: prot in config.yml line 1 is no known key; did you mean port?',
      'config: auth.registraton in config.yml line 3 is no known key; did you mean auth.registration?',
      'config: registration in config.yml line 4 is no known key; did you mean auth.registration?',
      'config: jwt_secret in config.yml line 5 is no known key; did you mean jwtSecret?',
      'config: athu in config.yml line 6 is no known key; did you mean auth?',
      'config: colour in config.yml line 7 is no known key',
    ]);
  });

  it('are plain data: __proto__ is only an unknown key', () => {
    expect(fromYml('__proto__: { port: 1 }').warnings).toEqual(['config: __proto__ in config.yml line 1 is no known key']);
  });

  it('take values through anchors', () => {
    expect(fromYml('port: &p 81\nconsumerPort: *p\n').config).toMatchObject({ port: 81, consumerPort: 81 });
  });
});
