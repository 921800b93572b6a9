import type { ReactNode } from 'react';
import { Check, CheckCheck, Clock3, CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import styles from './Ticks.module.css';
import type { Tick } from './ticks';

const icons = { sending: Clock3, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert } as const;

/** How far an own message has come. */
export function Ticks({ tick }: { readonly tick: Tick | 'sending' | 'failed' }): ReactNode {
  const { t } = useTranslation();
  const Icon = icons[tick];
  return (
    <Icon
      size={tick === 'sending' ? 12 : 15}
      className={`${styles.tick} ${styles[tick]}`}
      role="img"
      aria-label={t(`messages.ticks.${tick}`)}
    />
  );
}
