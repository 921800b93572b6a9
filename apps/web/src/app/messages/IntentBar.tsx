import type { ReactNode } from 'react';
import { Pencil, Reply, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../kit/Button';
import styles from './Composer.module.css';
import type { Intent } from './intent';
import { Short } from './Quote';

/** The message that is about to be answered or edited, above the field. */
export function IntentBar({ intent, onStop }: { readonly intent: Intent; readonly onStop: () => void }): ReactNode {
  const { t } = useTranslation();
  const isEditing = intent.kind === 'edit';
  return (
    <div className={styles.intent}>
      {isEditing ? <Pencil size={18} aria-hidden="true" /> : <Reply size={18} aria-hidden="true" />}
      <div className={styles.quoted}>
        {isEditing && <strong>{t('composer.editing')}</strong>}
        <Short message={intent.message} />
      </div>
      <IconButton label={t('messages.cancel')} onClick={onStop}>
        <X size={18} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
