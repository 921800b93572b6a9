import { Menu } from '@base-ui/react/menu';
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copy } from '../../kit/clipboard';
import styles from './widgets.module.css';

/** One way to copy something. */
export interface CopyWay {
  readonly name: string;
  readonly text: () => string;
}

interface CopyMenuProps {
  readonly ways: readonly CopyWay[];
}

/** A button that opens a choice of what to copy. */
export function CopyMenu({ ways }: CopyMenuProps): ReactNode {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1_500);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <Menu.Root>
      <Menu.Trigger className={styles.small} title={t('ui.copyAs')}>
        {done ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />}
        <span aria-live="polite">{done ? t('ui.copied') : t('ui.copyAs')}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Menu.Popup className={styles.popup}>
            {ways.map(({ name, text }) => (
              <Menu.Item key={name} className={styles.item} onClick={() => void copy(text()).then(setDone)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
