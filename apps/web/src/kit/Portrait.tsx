import type { ReactNode } from 'react';
import { Avatar } from './Avatar';
import styles from './Portrait.module.css';

interface PortraitProps {
  readonly id: string;
  readonly name: string;
  readonly url?: string | null | undefined;
  readonly online?: boolean | undefined;
  readonly sub?: string | undefined;
  /** Beside the name: to change it. */
  readonly beside?: ReactNode;
}

/** Who or what a page is about, in large. */
export function Portrait({ id, name, url, online, sub, beside }: PortraitProps): ReactNode {
  return (
    <div className={styles.portrait}>
      <Avatar id={id} name={name} url={url} size="large" online={online} />
      <div className={styles.head}>
        <p className={styles.name}>{name}</p>
        {beside}
      </div>
      {sub !== undefined && sub !== '' && <p className={styles.sub}>{sub}</p>}
    </div>
  );
}
