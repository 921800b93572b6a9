import { type ReactNode, Suspense, useState } from 'react';
import { Images, MessageSquareText, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Button } from '../../../kit/Button';
import buttons from '../../../kit/Button.module.css';
import { Empty } from '../../../kit/Empty';
import { Page } from '../../../kit/Page';
import { part } from '../../../kit/part';
import { Note, Section } from '../../../kit/Section';
import { problemOf } from '../../shell/act';
import { detailsOf, messagePlace, placeOf } from '../../shell/places';
import { useName } from '../../users/names';
import { day } from '../../users/when';
import { Document } from '../media/Document';
import { useLink } from '../media/link';
import { Voice } from '../media/Voice';
import { durationText } from '../payload';
import { type SharedFile, useSharedFiles } from './shared';
import styles from './SharedFiles.module.css';

const Lightbox = part(() => import('../media/Lightbox'));

/** The files of a conversation: what is looked at as a wall of pictures, the others as a list. */
export function SharedFiles({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useSharedFiles(convId);
  const files = data?.pages.flatMap((page) => page.files) ?? [];
  const seen = files.filter(({ said }) => said.kind === 'image' || said.kind === 'video');
  const others = files.filter(({ said }) => said.kind === 'file' || said.kind === 'voice');
  return (
    <Page
      title={t('shared.title')}
      back={detailsOf(convId)}
      close={placeOf(convId)}
      isBelow
      fills={!isPending && files.length === 0 && !error && !hasNextPage}
    >
      {isPending ? (
        <p className={styles.waiting} aria-busy="true">
          {t('shell.loading')}
        </p>
      ) : error && files.length === 0 ? (
        <Note>{t(problemOf(error))}</Note>
      ) : files.length === 0 && !hasNextPage ? (
        <Empty Icon={Images} title={t('shared.title')}>
          {t('shared.none')}
        </Empty>
      ) : (
        <>
          {files.length === 0 && <Note>{t('shared.noneYet')}</Note>}
          {seen.length > 0 && (
            <Section title={t('shared.seen')}>
              <ul className={styles.wall}>
                {seen.map((file) => (
                  <li key={file.message.seq}>
                    <Tile file={file} />
                  </li>
                ))}
              </ul>
            </Section>
          )}
          {others.length > 0 && (
            <Section title={t('shared.others')}>
              {others.map((file) => (
                <Other key={file.message.seq} file={file} />
              ))}
            </Section>
          )}
          {hasNextPage && (
            <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('shared.older')}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

/** A picture or a film: a picture opens, a film plays where it was said. */
function Tile({ file: { message, said } }: { readonly file: SharedFile }): ReactNode {
  const { t } = useTranslation();
  const whole = useLink(said.fileId);
  const { url } = useLink(said.thumbnailId ?? (said.kind === 'image' ? said.fileId : undefined));
  const [isLarge, setIsLarge] = useState(false);
  const from = useName(message.from);
  const name = said.name ?? t(`messages.kinds.${said.kind}`);
  const label = t('shared.from', { name, from, day: day(message.timestamp) });
  const picture = url === undefined ? null : <img src={url} alt="" loading="lazy" />;
  if (said.kind === 'video') {
    return (
      <Link href={messagePlace(message.convId, message.seq)} className={styles.tile} aria-label={label} title={label}>
        {picture}
        <Play size={22} fill="currentColor" strokeWidth={0} aria-hidden="true" />
        {said.duration !== undefined && <span>{durationText(Math.max(1, said.duration))}</span>}
      </Link>
    );
  }
  return (
    <>
      <button
        type="button"
        className={styles.tile}
        aria-label={label}
        title={label}
        disabled={whole.url === undefined}
        onClick={() => void whole.renew().then((fresh) => setIsLarge(fresh !== undefined))}
      >
        {picture}
      </button>
      {isLarge && whole.url !== undefined && (
        <Suspense>
          <Lightbox url={whole.url} name={name} onClose={() => setIsLarge(false)} />
        </Suspense>
      )}
    </>
  );
}

/** A recording, which plays in its place, or a file to be downloaded. */
function Other({ file: { message, said } }: { readonly file: SharedFile }): ReactNode {
  const { t } = useTranslation();
  const from = useName(message.from);
  const by = `${from} · ${day(message.timestamp)}`;
  return (
    <div className={styles.other}>
      <div>
        {said.kind === 'voice' ? (
          <Voice said={said}>
            <span className={styles.by}>{by}</span>
          </Voice>
        ) : (
          <Document said={said} note={by}>
            {null}
          </Document>
        )}
      </div>
      <Link
        href={messagePlace(message.convId, message.seq)}
        className={buttons.icon}
        aria-label={t('messages.jump')}
        title={t('messages.jump')}
      >
        <MessageSquareText size={18} aria-hidden="true" />
      </Link>
    </div>
  );
}
