import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { type Surroundings, persistently } from './persistent';
import { renewPage } from './renewal';
import { runningScript, servedScript } from './script-name';
import { loadFailedStyles } from './styles';

/** A part of the app that is loaded when it is first shown, and that is there again by itself when the network is. */
// What a part takes is its own affair, as for `lazy`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const part = <C extends ComponentType<any>>(load: () => Promise<{ readonly default: C }>): LazyExoticComponent<C> =>
  lazy(() => persistently(() => loadFailedStyles().then(load), browser));

const browser: Surroundings = {
  isOld: async () => {
    const [running, served] = [runningScript(), await servedScript()];
    return running !== undefined && served !== undefined && served !== running;
  },
  renew: renewPage,
  wait: (ms) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        removeEventListener('online', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      addEventListener('online', done);
    }),
};
