import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { groupIdOf } from '@app/sdk';
import { useChatState } from '../chat-context';
import { useName } from '../users/names';
import styles from './Header.module.css';

/** Who is writing here; something else while nobody is. */
export function TypingWords({ convId, otherwise }: { readonly convId: string; readonly otherwise: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const writers = useChatState(({ typing }) => typing[convId]);
  const ids = Object.keys(writers ?? {});
  const first = useName(ids[0]);
  if (ids.length === 0) return otherwise;
  const words =
    groupIdOf(convId) === undefined
      ? t('messages.typing')
      : ids.length === 1
        ? t('messages.typingOne', { name: first })
        : t('messages.typingMany', { name: first, count: ids.length - 1 });
  return (
    <span className={styles.typing}>
      {words}
      <span className={styles.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
    </span>
  );
}
