import type { ComponentType } from 'react';

/** One line of a menu. */
export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly Icon: ComponentType<{ size?: number; 'aria-hidden'?: 'true' }>;
  readonly isDangerous?: boolean;
  readonly run: () => void;
}

/** Beside what, or at which point of the page (px). */
export type MenuPlace = Element | { readonly x: number; readonly y: number };

export interface MenuState {
  readonly at: MenuPlace;
  /** What the menu is about, for screen readers. */
  readonly label: string;
  readonly items: readonly MenuItem[];
}
