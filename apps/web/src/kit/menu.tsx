import { type ReactNode, Suspense, useCallback, useState } from 'react';
import type { MenuState } from './menu-item';
import { part } from './part';

const ActionMenu = part(() => import('./ActionMenu'));

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
