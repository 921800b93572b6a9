import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Wanted, useFavoriteStats } from './favorites';
import { namedTypes } from './content';
import styles from './Saved.module.css';

type Filter = Pick<Wanted, 'type' | 'tag'>;

interface FiltersProps {
  readonly chosen: Filter;
  readonly onChoose: (filter: Filter) => void;
}

/** So many tags are offered, those that are used most. */
const shownTags = 12;

/** Types and tags that there are, one of each to be chosen; a second press takes it back. */
export function Filters({ chosen, onChoose }: FiltersProps): ReactNode {
  const { t } = useTranslation();
  const { data: stats } = useFavoriteStats();
  if (!stats || stats.total === 0) return null;
  const types = namedTypes.filter(([type]) => (stats.byType[type] ?? 0) > 0 || type === chosen.type);
  const used = Object.entries(stats.byTag).sort(([, a], [, b]) => b - a);
  const tags = used.slice(0, shownTags).map(([tag]) => tag);
  const offered = chosen.tag === undefined || tags.includes(chosen.tag) ? tags : [chosen.tag, ...tags];
  if (types.length < 2 && offered.length === 0) return null;
  return (
    <div className={styles.filters} role="group" aria-label={t('saved.filters')}>
      {types.length > 1 &&
        types.map(([type, label]) => (
          <Chip key={type} isOn={chosen.type === type} onPress={(on) => onChoose({ ...chosen, type: on ? type : undefined })}>
            {t(label)} <small>{stats.byType[type] ?? 0}</small>
          </Chip>
        ))}
      {offered.map((tag) => (
        <Chip key={`#${tag}`} isOn={chosen.tag === tag} onPress={(on) => onChoose({ ...chosen, tag: on ? tag : undefined })}>
          <bdi>#{tag}</bdi>
        </Chip>
      ))}
    </div>
  );
}

function Chip({
  isOn,
  onPress,
  children,
}: {
  readonly isOn: boolean;
  readonly onPress: (on: boolean) => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <button type="button" className={styles.chip} aria-pressed={isOn} onClick={() => onPress(!isOn)}>
      {children}
    </button>
  );
}
