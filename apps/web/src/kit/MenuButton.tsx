import type { ComponentType, ReactNode } from 'react';
import { EllipsisVertical } from 'lucide-react';
import { IconButton } from './Button';
import { useMenu } from './menu';
import type { MenuItem } from './menu-item';

interface MenuButtonProps {
  /** What it is about: told to screen readers, and shown when it is pointed at. */
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly Icon?: ComponentType<{ size?: number; 'aria-hidden'?: 'true' }>;
}

/** A button that opens a list of what can be done. Not there when there is nothing. */
export function MenuButton({ label, items, Icon = EllipsisVertical }: MenuButtonProps): ReactNode {
  const menu = useMenu(items);
  if (items.length === 0) return null;
  return (
    <>
      <IconButton
        label={label}
        aria-haspopup="menu"
        aria-expanded={menu.isOpen}
        onClick={({ currentTarget: at }) => menu.show({ at, label, items })}
      >
        <Icon size={18} aria-hidden="true" />
      </IconButton>
      {menu.element}
    </>
  );
}
