import { keep, kept } from '../../kit/kept';

const browsers = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\bFirefox\/|\bFxiOS\//],
  ['Chrome', /Chrome\/|\bCriOS\//],
  ['Safari', /\bSafari\//],
] as const;
const systems = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Mac', /Mac OS X/],
  ['Windows', /Windows/],
  ['Linux', /Linux|CrOS/],
] as const;

type Known = readonly (readonly [name: string, sign: RegExp])[];
const named = (known: Known, userAgent: string, otherwise: string): string =>
  known.find(([, sign]) => sign.test(userAgent))?.[0] ?? otherwise;

/** A device id that says what the browser is: `Chrome-Linux-3f9a1c`. */
export const deviceIdOf = (userAgent: string, random: string): string =>
  `${named(browsers, userAgent, 'Browser')}-${named(systems, userAgent, 'Web')}-${random}`;

/** The browser of a tab's device id: without the number of the tab. */
export const browserOf = (deviceId: string): string => deviceId.replace(/\.[\w]+$/, '');

/** A device id in words: `Chrome · Linux`; as it is when it is not one of ours. */
export function deviceWords(deviceId: string): string {
  const [, browser, system] = /^([A-Z][a-z]+)-([A-Za-z]+)-[\da-f]{6}$/.exec(browserOf(deviceId)) ?? [];
  return browser === undefined ? deviceId : `${browser} · ${system}`;
}

/** What the server takes for the id of a device, with room for the number of a tab. */
const fits = /^[\w.-]{1,50}$/;

/** The name of this browser, under which its sessions are listed. */
export function browserId(): string {
  const name = 'parley.device';
  const before = kept(name);
  if (before !== null && fits.test(before)) return before;
  const id = deviceIdOf(navigator.userAgent, sixDigits());
  keep(name, id);
  return id;
}

let ofThisTab: Promise<string> | undefined;

/**
 * A name for this tab's device: of the tabs of a browser each takes the lowest number that is free, so that no two share one. It stays the
 * same for as long as the tab lives.
 */
export const deviceName = (): Promise<string> => (ofThisTab ??= firstFree(browserId()));

async function firstFree(base: string): Promise<string> {
  // Not to be had without HTTPS, but on localhost.
  if (!('locks' in navigator)) return `${base}.${sixDigits()}`;
  for (let number = 1; number < 100; number++) {
    const name = `${base}.${number}`;
    if (await held(name)) return name;
  }
  return `${base}.${sixDigits()}`;
}

/** Takes a lock for as long as the tab lives; whether it was free. */
function held(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const taken = navigator.locks.request(`parley.device.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
    // Where nothing may be kept there are no locks either.
    taken.catch(() => resolve(false));
  });
}

/** Six hexadecimal digits by chance. `crypto.randomUUID` is not to be had without HTTPS. */
const sixDigits = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, '0')).join('');
