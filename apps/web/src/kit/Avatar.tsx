import { type ReactNode, useState } from 'react';
import styles from './Avatar.module.css';
import { initialsOf } from './initials';

/** How many colours there are; see Avatar.module.css. */
const colours = 8;

interface AvatarProps {
  /** Decides the colour. */
  readonly id: string;
  readonly name: string;
  readonly url?: string | null | undefined;
  readonly size?: 'small' | 'medium' | 'large';
  readonly online?: boolean | undefined;
}

/** A picture of somebody or of a group; their initials on a colour of their own when there is none. Says nothing to screen readers: the name is beside it. */
export function Avatar({ id, name, url, size = 'medium', online }: AvatarProps): ReactNode {
  const [broken, setBroken] = useState<string>();
  const shown = url && url !== broken && !/^\s*(javascript|data):/i.test(url) ? url : undefined;
  return (
    <span className={`${styles.avatar} ${styles[size]} ${styles[`colour${hashOf(id) % colours}`]}`} aria-hidden="true">
      {shown ? <img src={shown} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(shown)} /> : initialsOf(name)}
      {online && <span className={styles.online} />}
    </span>
  );
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
  return hash;
}
