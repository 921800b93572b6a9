import type { ReactNode } from 'react';
import { File as FileIcon, Film, Mic, RotateCcw, Trash2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { language } from '../../i18n';
import { useChat } from '../chat-context';
import styles from './MessageRow.module.css';
import { isRecording } from './media/recordings';
import { sizeText } from './payload';
import own from './UploadBubble.module.css';
import type { UploadItem } from './uploads';

const icons = { image: FileIcon, video: Film, voice: Mic, file: FileIcon } as const;

/** A file on its way: how much of it is there, and what can be done when it does not get there. */
export function UploadBubble({ upload }: { readonly upload: UploadItem }): ReactNode {
  const { t } = useTranslation();
  const { uploads } = useChat();
  const { id, file, kind, previewUrl, progress, failed } = upload;
  const name = isRecording(file.name) ? t('messages.kinds.voice') : file.name;
  const Icon = icons[kind];
  return (
    <article className={styles.message} data-own="true" data-message="" tabIndex={-1} aria-label={t('messages.uploading', { name })}>
      <div className={`${styles.bubble} ${own.upload}`}>
        {kind === 'image' && previewUrl !== undefined ? (
          <img className={own.preview} src={previewUrl} alt="" />
        ) : (
          <span className={own.icon}>
            <Icon size={20} aria-hidden="true" />
          </span>
        )}
        <span className={own.words}>
          <bdi>{name}</bdi>
          <span>
            {failed === undefined ? `${Math.round(progress * 100)} % · ${sizeText(file.size, language())}` : t(`errors.${failed}`)}
          </span>
          {failed === undefined && <progress value={progress} max={1} aria-label={t('messages.uploading', { name })} />}
        </span>
        {failed === undefined && (
          <button type="button" className={own.stop} aria-label={t('messages.cancel')} onClick={() => uploads.drop(id)}>
            <X size={16} aria-hidden="true" />
          </button>
        )}
      </div>
      {failed !== undefined && (
        <div className={styles.refused} role="alert">
          <button type="button" onClick={() => uploads.retry(id)}>
            <RotateCcw size={13} aria-hidden="true" />
            {t('messages.retry')}
          </button>
          <button type="button" onClick={() => uploads.drop(id)}>
            <Trash2 size={13} aria-hidden="true" />
            {t('messages.drop')}
          </button>
        </div>
      )}
    </article>
  );
}
