import { type ReactNode, useMemo } from 'react';
import { bars, resampled } from './levels';
import styles from './Voice.module.css';

/** How loud a recording is from its beginning to its end, and how much of it was heard (0 to 1); a plain line where nobody knows. */
export function Wave({ levels, part }: { readonly levels: readonly number[] | undefined; readonly part: number }): ReactNode {
  const shown = useMemo(() => levels && resampled(levels, bars), [levels]);
  if (!shown) {
    return (
      <span className={styles.line} aria-hidden="true">
        <i style={{ width: `${part * 100}%` }} />
      </span>
    );
  }
  return (
    <span className={styles.wave} aria-hidden="true">
      {shown.map((level, i) => (
        <i key={i} data-heard={part > 0 && (i + 0.5) / bars <= part} style={{ height: `${Math.max(10, level)}%` }} />
      ))}
    </span>
  );
}
