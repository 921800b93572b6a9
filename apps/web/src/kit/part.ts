import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { type Surroundings, persistently } from './persistent';
import { renewPage } from './renewal';
import { runningScript, servedScript } from './script-name';

/** A part of the app that is loaded when it is first shown, and that is there again by itself when the network is. */
// What a part takes is its own affair, as for `lazy`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const part = <C extends ComponentType<any>>(load: () => Promise<{ readonly default: C }>): LazyExoticComponent<C> =>
  lazy(() => persistently(() => withStyles(load), browser));

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

/** The bundler asks for the styles of a part once: those that failed are asked for here. */
async function withStyles<T>(load: () => Promise<T>): Promise<T> {
  const failed = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')].filter(({ sheet }) => sheet === null);
  await Promise.all(failed.map(again));
  return load();
}

function again(link: HTMLLinkElement): Promise<void> {
  const next = link.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    next.onload = () => resolve();
    next.onerror = () => reject(new Error(`no style: ${next.href}`));
    link.replaceWith(next);
  });
}
