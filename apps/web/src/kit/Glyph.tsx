import type { ReactNode } from 'react';
import styles from './Glyph.module.css';

/** A picture in the place of an avatar, for what is no person. */
export function Glyph({ Icon }: { readonly Icon: React.ComponentType<{ readonly size?: number }> }): ReactNode {
  return (
    <span className={styles.glyph} aria-hidden="true">
      <Icon size={21} />
    </span>
  );
}
