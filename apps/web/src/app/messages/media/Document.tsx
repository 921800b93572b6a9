import { type MouseEvent, type ReactNode, useRef } from 'react';
import { Download, File as FileIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { language } from '../../../i18n';
import { useChat } from '../../chat-context';
import { sizeText } from '../payload';
import styles from './Attachment.module.css';
import { useLink } from './link';
import type { MediaProps } from './media';

/** A file to be downloaded. */
export function Document({ said, note, children }: MediaProps & { readonly note?: string }): ReactNode {
  const { t } = useTranslation();
  const { files } = useChat();
  const { fileId } = said;
  const { url, failed, renew } = useLink(fileId);
  const link = useRef<HTMLAnchorElement>(null);
  const isFresh = useRef(false);
  const name = said.name ?? t('messages.kinds.file');
  const clicked = (event: MouseEvent) => {
    const isGood = isFresh.current || fileId === undefined || files.peek(fileId) === url;
    isFresh.current = false;
    if (isGood) return;
    // The page is older than its address.
    event.preventDefault();
    void renew().then((fresh) => {
      if (fresh === undefined || !link.current) return;
      link.current.href = fresh;
      isFresh.current = true;
      link.current.click();
    });
  };
  const about = failed
    ? t('messages.notThere')
    : [note, said.size === undefined ? '' : sizeText(said.size, language())].filter(Boolean).join(' · ');
  return (
    <div className={styles.document}>
      {url === undefined ? (
        <span className={styles.icon} data-gone={failed}>
          <FileIcon size={20} aria-hidden="true" />
        </span>
      ) : (
        <a ref={link} className={styles.icon} href={url} download={name} aria-label={t('messages.download', { name })} onClick={clicked}>
          <Download size={20} aria-hidden="true" />
        </a>
      )}
      <span className={styles.words}>
        <bdi className={styles.name}>{name}</bdi>
        <span className={styles.size}>
          {about}
          {children}
        </span>
      </span>
    </div>
  );
}
