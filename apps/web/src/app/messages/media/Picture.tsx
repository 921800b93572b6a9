import { type ReactNode, Suspense, useState } from 'react';
import { ImageOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { part } from '../../../kit/part';
import { shownSize } from '../payload';
import styles from './Attachment.module.css';
import { useLink } from './link';
import { type MediaProps, picturePx } from './media';

const Lightbox = part(() => import('./Lightbox'));

/** A picture: small in the list, as large as it can be after a click. */
export function Picture({ said, children }: MediaProps): ReactNode {
  const { t } = useTranslation();
  const { url, failed, renew } = useLink(said.fileId);
  const small = useLink(said.thumbnailId);
  const [isSmallBroken, setIsSmallBroken] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  const [isLarge, setIsLarge] = useState(false);
  const hasSmall = !small.failed && !isSmallBroken;
  const shown = hasSmall ? small.url : url;
  const size = shownSize(said.width, said.height, picturePx) ?? { width: 240, height: 180 };
  const alt = said.name ?? t('messages.kinds.image');
  return (
    <div className={styles.media}>
      <button
        type="button"
        className={styles.picture}
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
        disabled={url === undefined || isBroken}
        aria-label={t('messages.showPicture', { name: alt })}
        onClick={() => void renew().then((fresh) => setIsLarge(fresh !== undefined))}
      >
        {failed || isBroken ? (
          <span className={styles.broken}>
            <ImageOff size={22} aria-hidden="true" />
            {t('messages.notThere')}
          </span>
        ) : (
          shown !== undefined && (
            <img
              src={shown}
              alt={alt}
              width={size.width}
              height={size.height}
              onError={() => (hasSmall ? setIsSmallBroken(true) : setIsBroken(true))}
            />
          )
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
