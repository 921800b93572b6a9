import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copy } from '../../kit/clipboard';
import styles from './widgets.module.css';

interface CopyButtonProps {
  /** Asked for when the button is pressed. */
  readonly text: () => string;
  readonly label?: string;
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: CopyButtonProps): ReactNode {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1_500);
    return () => clearTimeout(timer);
  }, [done]);
  const words = done ? t('ui.copied') : (label ?? t('ui.copy'));
  return (
    <button type="button" className={styles.small} title={words} onClick={() => void copy(text()).then(setDone)}>
      {done ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />}
      <span aria-live="polite">{words}</span>
    </button>
  );
}
