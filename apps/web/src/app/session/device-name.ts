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
