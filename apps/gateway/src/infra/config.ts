import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import type { Config } from '@app/config';

/** Injects the configuration, typed and frozen. */
export const CONFIG = Symbol('config');

/** Makes the configuration that was loaded and checked before the application began available to every room. */
@Module({})
export class ConfigRoom {
  static with(config: Config): DynamicModule {
    return {
      module: ConfigRoom,
      global: true,
      imports: [ConfigModule.forRoot({ load: [() => ({ parley: config })], ignoreEnvFile: true, skipProcessEnv: true })],
      providers: [
        { provide: CONFIG, inject: [ConfigService], useFactory: (service: ConfigService) => service.getOrThrow<Config>('parley') },
      ],
      exports: [CONFIG],
    };
  }
}
