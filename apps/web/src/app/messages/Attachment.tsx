import { type ReactNode, Suspense, lazy, useEffect, useState } from 'react';
import { Download, File as FileIcon, ImageOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { language } from '../../i18n';
import { useChat } from '../chat-context';
import styles from './Attachment.module.css';
import { type Said, durationText, shownSize, sizeText } from './payload';

const Lightbox = lazy(() => import('./Lightbox'));

type SaidFile = Extract<Said, { kind: 'image' | 'video' | 'voice' | 'file' }>;

/** Pictures are shown in this square (px). */
const picturePx = 320;

/** A file that a message carries. */
export function Attachment({ said, children }: { readonly said: SaidFile; readonly children: ReactNode }): ReactNode {
  switch (said.kind) {
    case 'image':
      return <Picture said={said}>{children}</Picture>;
    case 'video':
      return <Film said={said}>{children}</Film>;
    case 'voice':
      return <Recording said={said}>{children}</Recording>;
    case 'file':
      return <Document said={said}>{children}</Document>;
  }
}

type Place = { readonly said: SaidFile; readonly children: ReactNode };

function Picture({ said, children }: Place): ReactNode {
  const { t } = useTranslation();
  const [url, failed] = useLink(said.fileId);
  const [broken, setBroken] = useState(false);
  const [isLarge, setIsLarge] = useState(false);
  const size = shownSize(said.width, said.height, picturePx) ?? { width: 240, height: 180 };
  const alt = said.name ?? t('messages.kinds.image');
  return (
    <div className={styles.media}>
      <button
        type="button"
        className={styles.picture}
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
        disabled={url === undefined || broken}
        aria-label={t('messages.showPicture', { name: alt })}
        onClick={() => setIsLarge(true)}
      >
        {failed || broken ? (
          <span className={styles.broken}>
            <ImageOff size={22} aria-hidden="true" />
            {t('messages.notThere')}
          </span>
        ) : (
          url !== undefined && <img src={url} alt={alt} width={size.width} height={size.height} onError={() => setBroken(true)} />
        )}
      </button>
      <span className={styles.over}>{children}</span>
      {isLarge && url !== undefined && (
        <Suspense>
          <Lightbox url={url} name={alt} onClose={() => setIsLarge(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Film({ said, children }: Place): ReactNode {
  const { t } = useTranslation();
  const [url, failed] = useLink(said.fileId);
  const size = shownSize(said.width, said.height, picturePx) ?? { width: 300, height: 200 };
  if (failed) return <Document said={said}>{children}</Document>;
  return (
    <div className={styles.media}>
      <video
        className={styles.film}
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
        src={url}
        controls
        preload="metadata"
        aria-label={said.name ?? t('messages.kinds.video')}
      />
      <div className={styles.under}>{children}</div>
    </div>
  );
}

function Recording({ said, children }: Place): ReactNode {
  const { t } = useTranslation();
  const [url, failed] = useLink(said.fileId);
  if (failed) return <Document said={said}>{children}</Document>;
  return (
    <div className={styles.recording}>
      <audio src={url} controls preload="none" aria-label={said.name ?? t('messages.kinds.voice')} />
      {said.duration !== undefined && <span className="visually-hidden">{durationText(said.duration)}</span>}
      <div className={styles.under}>{children}</div>
    </div>
  );
}

function Document({ said, children }: Place): ReactNode {
  const { t } = useTranslation();
  const [url, failed] = useLink(said.fileId);
  const name = said.name ?? t('messages.kinds.file');
  return (
    <div className={styles.document}>
      <a className={styles.icon} href={url} download={name} aria-label={t('messages.download', { name })} aria-disabled={url === undefined}>
        {url === undefined ? <FileIcon size={20} aria-hidden="true" /> : <Download size={20} aria-hidden="true" />}
      </a>
      <span className={styles.words}>
        <bdi className={styles.name}>{name}</bdi>
        <span className={styles.size}>
          {failed ? t('messages.notThere') : said.size === undefined ? '' : sizeText(said.size, language())}
          {children}
        </span>
      </span>
    </div>
  );
}

/** Where a file can be read, and whether it cannot. */
function useLink(fileId: string | undefined): readonly [url: string | undefined, failed: boolean] {
  const { files } = useChat();
  const [url, setUrl] = useState(() => (fileId === undefined ? undefined : files.peek(fileId)));
  const [failed, setFailed] = useState(fileId === undefined);
  useEffect(() => {
    if (fileId === undefined || url !== undefined) return;
    let over = false;
    void files.link(fileId).then((found) => {
      if (over) return;
      setUrl(found);
      setFailed(found === undefined);
    });
    return () => void (over = true);
  }, [files, fileId, url]);
  return [url, failed];
}
