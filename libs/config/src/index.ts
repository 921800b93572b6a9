export { ConfigError } from './config-error';
export { type DeepPartial, defaultConfig } from './default-config';
export { describeConfig } from './describe-config';
export { loadConfig } from './load-config';
export { type Config, configKeys, type ConfigKey } from './schema';
