import type { ReactNode } from 'react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Menu } from '@base-ui/react/menu';
import type { MenuState } from './menu-item';
import styles from './ActionMenu.module.css';

/** A menu of actions at a place. Loaded when the first one is opened: see menu.tsx. */
export default function ActionMenu({
  at,
  items,
  label,
  onClose,
}: MenuState & { readonly onClose: (then?: () => void) => void }): ReactNode {
  const anchor = at instanceof Element ? at : { getBoundingClientRect: () => DOMRect.fromRect({ x: at.x, y: at.y, width: 0, height: 0 }) };
  return (
    <CSPProvider disableStyleElements>
      <Menu.Root open onOpenChange={(open) => !open && onClose()}>
        <Menu.Portal>
          <Menu.Positioner className={styles.place} anchor={anchor} side="bottom" align="start" sideOffset={4} collisionPadding={8}>
            <Menu.Popup className={styles.menu} aria-label={label} finalFocus={false}>
              {items.map(({ key, label: name, Icon, isDangerous, run }) => (
                <Menu.Item key={key} className={`${styles.item} ${isDangerous ? styles.danger : ''}`} onClick={() => onClose(run)}>
                  <Icon size={17} aria-hidden="true" />
                  {name}
                </Menu.Item>
              ))}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </CSPProvider>
  );
}
