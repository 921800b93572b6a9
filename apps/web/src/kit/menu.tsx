import { type ComponentType, type ReactNode, Suspense, lazy, useCallback, useState } from 'react';

const ActionMenu = lazy(() => import('./ActionMenu'));

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

/** A menu that is opened by a click, a key or a long press; put `element` anywhere. The focus goes back to where it was. */
export function useMenu(): { readonly show: (menu: MenuState) => void; readonly isOpen: boolean; readonly element: ReactNode } {
  const [menu, setMenu] = useState<MenuState & { readonly from: Element | null }>();
  const show = useCallback((next: MenuState) => setMenu({ ...next, from: document.activeElement }), []);
  const from = menu?.from;
  const close = useCallback(
    (then?: () => void) => {
      setMenu(undefined);
      setTimeout(() => {
        // What is done next may put it elsewhere.
        if (from instanceof HTMLElement && from !== document.body) from.focus({ preventScroll: true });
        then?.();
      });
    },
    [from],
  );
  const element = menu && (
    <Suspense>
      <ActionMenu {...menu} onClose={close} />
    </Suspense>
  );
  return { show, isOpen: menu !== undefined, element };
}
