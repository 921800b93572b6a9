import type { ReactNode } from 'react';
import { Menu as Base } from '@base-ui/react/menu';
import { EllipsisVertical } from 'lucide-react';
import styles from './MenuButton.module.css';

/** Something that a menu does. */
export interface MenuItem {
  readonly label: string;
  readonly onSelect: () => void;
  readonly Icon?: React.ComponentType<{ readonly size?: number; readonly 'aria-hidden'?: 'true' }>;
  readonly look?: 'danger';
}

interface MenuButtonProps {
  /** What it is about: told to screen readers, and shown when it is pointed at. */
  readonly label: string;
  readonly items: readonly MenuItem[];
}

/** A button that opens a list of what can be done. Not there when there is nothing. */
export function MenuButton({ label, items }: MenuButtonProps): ReactNode {
  if (items.length === 0) return null;
  return (
    <Base.Root>
      <Base.Trigger className={styles.trigger} aria-label={label} title={label}>
        <EllipsisVertical size={18} aria-hidden="true" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} align="end">
          <Base.Popup className={styles.popup}>
            {items.map(({ label: words, onSelect, Icon, look }) => (
              <Base.Item key={words} className={styles.item} data-look={look} onClick={onSelect}>
                {Icon && <Icon size={17} aria-hidden="true" />}
                {words}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
