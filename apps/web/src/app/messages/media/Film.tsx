import { type ReactNode, type SyntheticEvent, useRef, useState } from 'react';
import { LoaderCircle, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { tell } from '../../../kit/toasts';
import { durationText, shownSize } from '../payload';
import styles from './Attachment.module.css';
import { Document } from './Document';
import { quietFilms } from './films';
import { useLink } from './link';
import { type MediaProps, picturePx } from './media';
import { player } from './player';

/** A film: a picture of it until somebody wants to see it, so that a list of many loads none of them. */
export function Film({ said, children }: MediaProps): ReactNode {
  const { t } = useTranslation();
  const { url, failed, renew } = useLink(said.fileId);
  const [isOn, setIsOn] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  /** Where it goes on (seconds) after its address was renewed; once, unless it plays in between. */
  const goOnAt = useRef(0);
  const isRenewed = useRef(false);
  if (failed || isBroken) {
    return (
      <Document said={said} {...(failed ? {} : { note: t('messages.cannotPlay') })}>
        {children}
      </Document>
    );
  }
  const { width, height } = shownSize(said.width, said.height, picturePx) ?? { width: 300, height: 200 };
  const style = { width, aspectRatio: `${width} / ${height}` };
  const name = said.name ?? t('messages.kinds.video');

  const begin = async () => {
    if ((await renew()) !== undefined) setIsOn(true);
  };
  const broke = async ({ currentTarget: film }: SyntheticEvent<HTMLVideoElement>) => {
    const [at, code] = [film.currentTime, film.error?.code];
    const fresh = await renew();
    if (fresh === undefined) return;
    if (fresh !== url && !isRenewed.current) {
      isRenewed.current = true;
      goOnAt.current = at;
      return;
    }
    if (code !== MediaError.MEDIA_ERR_NETWORK) return setIsBroken(true);
    setIsOn(false);
    tell(t('errors.DISCONNECTED'));
  };
  if (!isOn) {
    return (
      <div className={styles.media}>
        <button
          type="button"
          className={styles.picture}
          style={style}
          disabled={url === undefined}
          aria-label={[t('messages.play', { name }), said.duration === undefined ? '' : durationText(said.duration)]
            .filter(Boolean)
            .join(', ')}
          onClick={() => void begin()}
        >
          <Poster fileId={said.thumbnailId} filmUrl={url} />
          <span className={styles.start} aria-hidden="true">
            {url === undefined ? (
              <LoaderCircle size={24} className={styles.turning} />
            ) : (
              <Play size={24} fill="currentColor" strokeWidth={0} />
            )}
          </span>
          {said.duration !== undefined && <span className={styles.length}>{durationText(Math.max(1, said.duration))}</span>}
        </button>
        <span className={styles.over}>{children}</span>
      </div>
    );
  }
  return (
    <div className={styles.media}>
      <video
        // The focus was on the button that it stands for now.
        ref={focusOnce}
        className={styles.film}
        style={style}
        src={url}
        controls
        autoPlay
        playsInline
        aria-label={name}
        onLoadedMetadata={({ currentTarget: film }) => {
          if (goOnAt.current > 0) film.currentTime = goOnAt.current;
        }}
        onPlay={({ currentTarget: film }) => {
          quietFilms(film);
          player.pause();
        }}
        onPlaying={() => (isRenewed.current = false)}
        onError={(event) => void broke(event)}
      />
      {/* The controls are at the lower edge. */}
      <span className={`${styles.over} ${styles.above}`}>{children}</span>
    </div>
  );
}

const focusOnce = (film: HTMLVideoElement | null): void => film?.focus({ preventScroll: true });

/** What a film looks like: the picture that was sent with it, or its own beginning. */
function Poster({ fileId, filmUrl }: { readonly fileId: string | undefined; readonly filmUrl: string | undefined }): ReactNode {
  const { url, failed } = useLink(fileId);
  const [isBroken, setIsBroken] = useState(false);
  if (!failed && !isBroken) return url === undefined ? null : <img src={url} alt="" onError={() => setIsBroken(true)} />;
  return filmUrl === undefined ? null : <video src={filmUrl} muted playsInline preload="metadata" tabIndex={-1} aria-hidden="true" />;
}
