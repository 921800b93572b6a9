export { ConfigError } from './config-error';
export { type DeepPartial, defaultConfig } from './default-config';
export { describeConfig } from './describe-config';
export { differingKeys, type Fingerprints, fingerprintsOf } from './fingerprints';
export { loadConfig } from './load-config';
export { type Config, configKeys, type ConfigKey } from './schema';
export { isSettingsHead, settingsEveryMs, type SettingsHead, settingsTopic } from './settings-head';
export { sharing } from './sharing';
