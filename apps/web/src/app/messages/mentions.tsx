import { type ReactNode, useEffect, useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@app/sdk';
import { Avatar } from '../../kit/Avatar';
import { mentionAll } from '../conversations/conversations';
import styles from './Composer.module.css';
import { useMentionable } from './mentionable';
import { type Mentionable, everybody, matching, mentionAt } from './text';

const shown = 8;

/** Whom somebody may be about to mention. */
export interface Mentions {
  readonly id: string;
  readonly isOpen: boolean;
  /** What is being looked for, and where it begins. */
  readonly at: { readonly from: number; readonly query: string } | undefined;
  readonly found: readonly Mentionable[];
  readonly active: number;
  /** Who was put into the text. */
  readonly chosen: readonly Mentionable[];
  choose(one: Mentionable): void;
  forget(): void;
  /** Takes a key; whether it was one for the list. */
  onKey(key: string, choose: (index: number) => void): boolean;
}

/** The completion of mentions in a group: open while there is an `@` with letters before the caret that somebody's name fits. */
export function useMentions(line: Conversation | undefined, text: string, caret: number): Mentions {
  const { t } = useTranslation();
  const id = useId();
  const [chosen, setChosen] = useState<readonly Mentionable[]>([]);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState<number>();
  const groupId = line?.convType === 'group' ? line.groupId : undefined;
  const at = groupId === undefined ? undefined : mentionAt(text, caret);
  const members = useMentionable(line, at?.query, shown);
  const mayAll = line?.role === 'owner' || line?.role === 'admin';
  const found = useMemo(() => {
    if (!at) return [];
    return matching(mayAll ? [everybody(t('composer.everybody')), ...members] : members, at.query, shown);
  }, [at?.query, at !== undefined, members, mayAll, t]);
  const isOpen = at !== undefined && found.length > 0 && at.from !== closedAt;
  useEffect(() => setActive(0), [at?.query]);
  useEffect(() => {
    if (!at) setClosedAt(undefined);
  }, [at === undefined]);

  return {
    id,
    isOpen,
    at,
    found,
    active: Math.min(active, found.length - 1),
    chosen,
    choose: (one) => setChosen((now) => [...now, one]),
    forget: () => setChosen([]),
    onKey(key, choose) {
      switch (key) {
        case 'ArrowDown':
          setActive((now) => (now + 1) % found.length);
          return true;
        case 'ArrowUp':
          setActive((now) => (now + found.length - 1) % found.length);
          return true;
        case 'Enter':
        case 'Tab':
          choose(Math.min(active, found.length - 1));
          return true;
        case 'Escape':
          setClosedAt(at?.from);
          return true;
        default:
          return false;
      }
    },
  };
}

/** Who fits, above the field. */
export function MentionList({
  mentions,
  onChoose,
}: {
  readonly mentions: Mentions;
  readonly onChoose: (index: number) => void;
}): ReactNode {
  const { t } = useTranslation();
  const { id, found, active } = mentions;
  return (
    <div className={styles.mentions} id={id} role="listbox" aria-label={t('composer.mention')}>
      {found.map(({ userId, name, also }, index) => (
        <div
          key={userId}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          className={styles.option}
          // The field keeps the keyboard.
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(index);
          }}
        >
          <Avatar id={userId} name={userId === mentionAll ? '@' : name} size="small" />
          <bdi>{name}</bdi>
          <span>{userId === mentionAll ? t('composer.everybodyHint') : also}</span>
        </div>
      ))}
    </div>
  );
}
