import type { ReactNode } from 'react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Dialog } from '@base-ui/react/dialog';
import { Download, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import styles from './Lightbox.module.css';

/** A picture as large as it can be seen. */
export default function Lightbox({
  url,
  name,
  onClose,
}: {
  readonly url: string;
  readonly name: string;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <CSPProvider disableStyleElements>
      <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
        <Dialog.Portal>
          <Dialog.Backdrop className={styles.backdrop} />
          <Dialog.Popup className={styles.popup} onClick={(event) => event.target === event.currentTarget && onClose()}>
            <Dialog.Title className={styles.title}>{name}</Dialog.Title>
            <img src={url} alt={name} />
            <div className={styles.tools}>
              <a href={url} download={name} aria-label={t('messages.download', { name })} title={t('messages.download', { name })}>
                <Download size={20} aria-hidden="true" />
              </a>
              <Dialog.Close aria-label={t('messages.close')} title={t('messages.close')}>
                <X size={22} aria-hidden="true" />
              </Dialog.Close>
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </CSPProvider>
  );
}
