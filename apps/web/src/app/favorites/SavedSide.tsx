import { type ReactNode, useState } from 'react';
import { PencilLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../kit/Button';
import { Note } from '../../kit/Section';
import { SearchField } from '../../kit/SearchField';
import { useSettled } from '../../kit/settled';
import { Side } from '../../kit/Side';
import { problemOf } from '../shell/act';
import { type Wanted, useFavorites } from './favorites';
import { Filters } from './Filters';
import { NewNote } from './NewNote';
import { SavedLine } from './SavedLine';
import styles from './Saved.module.css';

const everything: Pick<Wanted, 'type' | 'tag'> = { type: undefined, tag: undefined };

/** What the user has saved, newest first, and ways to find some of it. */
export default function SavedSide(): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [filter, setFilter] = useState(everything);
  const [isWriting, setIsWriting] = useState(false);
  const keyword = useSettled(typed.trim().slice(0, 100));
  return (
    <Side
      title={t('shell.saved')}
      actions={
        <IconButton label={t('saved.newNote')} onClick={() => setIsWriting(true)}>
          <PencilLine size={20} aria-hidden="true" />
        </IconButton>
      }
      top={
        <div className={styles.top}>
          <SearchField label={t('saved.search')} value={typed} onChange={setTyped} />
          {typed.trim() === '' && <Filters chosen={filter} onChoose={setFilter} />}
        </div>
      }
    >
      <List wanted={{ ...filter, keyword }} />
      <NewNote open={isWriting} onClose={() => setIsWriting(false)} />
    </Side>
  );
}

function List({ wanted }: { readonly wanted: Wanted }): ReactNode {
  const { t } = useTranslation();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useFavorites(wanted);
  const favorites = data?.pages.flatMap((page) => page.favorites) ?? [];
  if (isPending) {
    return (
      <p className={styles.note} aria-busy="true">
        {t('shell.loading')}
      </p>
    );
  }
  if (error && favorites.length === 0) return <Note>{t(problemOf(error))}</Note>;
  if (favorites.length === 0) {
    const isFiltered = wanted.keyword !== '' || wanted.type !== undefined || wanted.tag !== undefined;
    return <p className={styles.note}>{t(isFiltered ? 'saved.noneFound' : 'saved.empty')}</p>;
  }
  return (
    <>
      <ul aria-label={t('shell.saved')}>
        {favorites.map((favorite) => (
          <li key={favorite.id}>
            <SavedLine favorite={favorite} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <div className={styles.more}>
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('kit.more')}
          </Button>
        </div>
      )}
    </>
  );
}
