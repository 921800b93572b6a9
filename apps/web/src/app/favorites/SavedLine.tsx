import { type ReactNode, useState } from 'react';
import { File, FileQuestion, Image, type LucideIcon, Mic, StickyNote, Text, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { shortTime } from '../../i18n/times';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { useChat } from '../chat-context';
import { useLink } from '../messages/media/link';
import { useName } from '../users/names';
import type { Favorite, FavoriteType } from './favorites';
import { saidBy, wordsOf } from './content';
import { savedPlace } from './places';
import styles from './Saved.module.css';

const icons: Readonly<Partial<Record<FavoriteType, LucideIcon>>> = {
  text: Text,
  image: Image,
  video: Video,
  voice: Mic,
  file: File,
  custom: StickyNote,
};

/** A favorite in the list: a look at it, what it says, whose it is and how it is tagged. */
export function SavedLine({ favorite }: { readonly favorite: Favorite }): ReactNode {
  const { t } = useTranslation();
  const [location] = useLocation();
  const { id, type, from, createdAt, tags } = favorite;
  const { userId: me } = useChat();
  const name = useName(from);
  const said = saidBy(favorite);
  const words = wordsOf(favorite) ?? t(said.kind === 'unknown' ? 'messages.kinds.unknown' : `saved.kinds.${type}`);
  const place = savedPlace(id);
  return (
    <Line
      href={place}
      current={location === place}
      start={<Look favorite={favorite} />}
      title={<bdi>{words}</bdi>}
      sub={[
        from === undefined ? t('saved.kinds.custom') : from === me ? t('chats.you') : name,
        shortTime(createdAt),
        ...tags.map((tag) => `#${tag}`),
      ].join(' · ')}
    />
  );
}

/** A small picture of what has one, and a sign for what has none. */
function Look({ favorite }: { readonly favorite: Favorite }): ReactNode {
  const said = saidBy(favorite);
  const pictureId =
    said.kind === 'image' || said.kind === 'video' ? (said.thumbnailId ?? (said.kind === 'image' ? said.fileId : undefined)) : undefined;
  const { url } = useLink(pictureId);
  const [isBroken, setIsBroken] = useState(false);
  if (url === undefined || isBroken) return <Glyph Icon={icons[favorite.type] ?? FileQuestion} />;
  return <img className={styles.look} src={url} alt="" onError={() => setIsBroken(true)} />;
}
