import { type ReactNode, useState } from 'react';
import { Check, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Note } from '../../kit/Section';
import { SearchField } from '../../kit/SearchField';
import { usePeople } from '../friends/search';
import { UserLine } from '../friends/UserLine';
import { useName } from '../users/names';
import styles from './PickPeople.module.css';

interface PickPeopleProps {
  readonly picked: readonly string[];
  readonly onChange: (picked: readonly string[]) => void;
  /** Those who are in already. */
  readonly without?: ReadonlySet<string> | undefined;
}

/** Chooses some people: of the friends, and of those who are found. */
export function PickPeople({ picked, onChange, without }: PickPeopleProps): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const { friends, others, searching, failed } = usePeople(typed);
  const ids = [...friends, ...others.map(({ id }) => id)].filter((id) => !without?.has(id));
  const toggle = (id: string) => onChange(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id]);
  return (
    <div className={styles.pick}>
      {picked.length > 0 && (
        <ul className={styles.chips} aria-label={t('groups.picked')}>
          {picked.map((id) => (
            <li key={id}>
              <Chip userId={id} onRemove={() => toggle(id)} />
            </li>
          ))}
        </ul>
      )}
      <SearchField label={t('people.search')} value={typed} onChange={setTyped} />
      <div className={styles.list}>
        {ids.map((id) => (
          <UserLine key={id} userId={id} onClick={() => toggle(id)} pressed={picked.includes(id)} end={<Tick on={picked.includes(id)} />} />
        ))}
        <div role="status">
          {ids.length === 0 && (
            <Note>
              {t(
                failed
                  ? 'people.searchFailed'
                  : searching
                    ? 'people.searching'
                    : typed.trim() === ''
                      ? 'groups.noneToPick'
                      : 'people.nobody',
              )}
            </Note>
          )}
        </div>
      </div>
    </div>
  );
}

function Tick({ on }: { readonly on: boolean }): ReactNode {
  return (
    <span className={styles.tick} data-on={on} aria-hidden="true">
      {on && <Check size={15} />}
    </span>
  );
}

function Chip({ userId, onRemove }: { readonly userId: string; readonly onRemove: () => void }): ReactNode {
  const { t } = useTranslation();
  const name = useName(userId);
  return (
    <button type="button" className={styles.chip} aria-label={t('groups.unpick', { name })} onClick={onRemove}>
      <span>{name}</span>
      <X size={14} aria-hidden="true" />
    </button>
  );
}
