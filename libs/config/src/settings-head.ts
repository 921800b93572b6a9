import type { Fingerprints } from './fingerprints';

/** The topic by which the processes of an installation tell each other of the settings that they must have in common. */
export const settingsTopic = 'settings';

/** So often each tells of its own, in milliseconds; one that says nothing three times is taken for gone. */
export const settingsEveryMs = 30_000;

/** Head of such a word. It has no body. */
export interface SettingsHead {
  readonly kind: 'settings';
  /** The process that speaks. */
  readonly from: string;
  /** None when it stops: it is to be forgotten. */
  readonly prints?: Fingerprints;
  /** It has just come, and wants to hear of the others. */
  readonly asks?: true;
}

/** Whether a head that claims to be of such a word is one: another program may publish on the same Redis. */
export function isSettingsHead({ from, prints }: { readonly [K in keyof SettingsHead]?: unknown }): boolean {
  return typeof from === 'string' && from.length <= 64 && (prints === undefined || (typeof prints === 'object' && prints !== null));
}
