import { ConfigError, describeConfig, loadConfig } from '@app/config';

/** Prints the configuration that a process started here would run with, and where each value comes from. */
try {
  const loaded = loadConfig({ env: process.env });
  for (const warning of loaded.warnings) console.error(warning);
  console.log(describeConfig(loaded));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
