import type { ReactNode } from 'react';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { dismiss, toasts } from './toasts';
import styles from './Toasts.module.css';

/** Where what went wrong, or was done, is told; once in a page. Screen readers read it when it comes. */
export function Toasts(): ReactNode {
  const { t } = useTranslation();
  const shown = useStore(toasts);
  return (
    <div className={styles.region} role="status" aria-live="polite">
      {shown.map(({ id, text, look }) => (
        <p key={id} className={styles.toast} data-look={look}>
          {look === 'failure' ? <CircleAlert size={18} aria-hidden="true" /> : <CircleCheck size={18} aria-hidden="true" />}
          <span>{text}</span>
          <button type="button" aria-label={t('kit.close')} onClick={() => dismiss(id)}>
            <X size={16} aria-hidden="true" />
          </button>
        </p>
      ))}
    </div>
  );
}
