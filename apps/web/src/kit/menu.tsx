import { type ReactNode, Suspense, useCallback, useState } from 'react';
import type { MenuItem, MenuState } from './menu-item';
import { part } from './part';

const ActionMenu = part(() => import('./ActionMenu'));

/**
 * A menu that is opened by a click, a key or a long press; put `element` anywhere. The focus goes back to where it was. With `items` an
 * open menu offers what can be done now, not what could be done when it was opened.
 */
export function useMenu(items?: readonly MenuItem[]): {
  readonly show: (menu: MenuState) => void;
  readonly isOpen: boolean;
  readonly element: ReactNode;
} {
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
      <ActionMenu {...menu} items={items ?? menu.items} onClose={close} />
    </Suspense>
  );
  return { show, isOpen: menu !== undefined, element };
}
