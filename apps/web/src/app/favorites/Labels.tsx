import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Section } from '../../kit/Section';
import { tell } from '../../kit/toasts';
import { useAct } from '../shell/act';
import { type Favorite, useFavoriteStats, useKeeping } from './favorites';
import { maxTags, withTyped } from './content';
import styles from './Saved.module.css';

/** The server takes notes of so many characters. */
const maxNote = 500;

/** What the user puts on a favorite to find it again: tags, which count at once, and a note. */
export function Labels({ favorite }: { readonly favorite: Favorite }): ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { label } = useKeeping();
  const { busy, act } = useAct();
  const { data: stats } = useFavoriteStats();
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState(favorite.note ?? '');
  const { tags } = favorite;
  const isKept = note.trim() === (favorite.note ?? '');

  const setTags = (next: readonly string[]) => act(() => label(favorite.id, { tags: [...next] }));
  const addTags = async (event: FormEvent) => {
    event.preventDefault();
    const next = withTyped(tags, typed);
    if (next.length > tags.length && !(await setTags(next))) return;
    setTyped('');
  };
  const saveNote = async (event: FormEvent) => {
    event.preventDefault();
    const text = note.trim().toWellFormed();
    if (await act(() => label(favorite.id, { note: text === '' ? null : text }))) tell(t('kit.saved'), 'done');
  };

  return (
    <Section title={t('saved.labels')} hint={t('saved.labelsHint')}>
      <form className={styles.tags} onSubmit={(event) => void addTags(event)}>
        {tags.map((tag) => (
          <span key={tag} className={styles.tag}>
            <bdi>#{tag}</bdi>
            <button
              type="button"
              aria-label={t('saved.untag', { tag })}
              disabled={busy}
              onClick={() => void setTags(tags.filter((one) => one !== tag))}
            >
              <X size={14} aria-hidden="true" />
            </button>
          </span>
        ))}
        {tags.length < maxTags && (
          <input
            value={typed}
            list={`${id}-tags`}
            enterKeyHint="done"
            autoComplete="off"
            aria-label={t('saved.addTag')}
            placeholder={t('saved.addTag')}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <datalist id={`${id}-tags`}>
          {Object.keys(stats?.byTag ?? {})
            .filter((tag) => !tags.includes(tag))
            .map((tag) => (
              <option key={tag} value={tag} />
            ))}
        </datalist>
        {typed.trim() !== '' && (
          <Button type="submit" disabled={busy}>
            {t('saved.add')}
          </Button>
        )}
      </form>
      <form className={styles.noteForm} onSubmit={(event) => void saveNote(event)}>
        <textarea
          rows={2}
          maxLength={maxNote}
          value={note}
          data-kept={isKept ? '' : undefined}
          dir="auto"
          aria-label={t('saved.note')}
          placeholder={t('saved.note')}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {!isKept && (
          <Button look="primary" type="submit" disabled={busy}>
            {t('kit.save')}
          </Button>
        )}
      </form>
    </Section>
  );
}
