import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../connections/client';
import { useDesk } from '../desk';
import { masked, maskedText } from '../secrets';
import { CopyButton } from '../widgets/CopyButton';
import { JsonView } from '../widgets/JsonView';
import styles from './AnswerView.module.css';

/** What the server answered: how it ended, how long it took, and what it said. */
export function AnswerView({ answer }: { readonly answer: Answer }): ReactNode {
  const { t } = useTranslation();
  const showsSecrets = useDesk((desk) => desk.showsSecrets);
  const { ok, code, status, tookMs } = answer;
  const value = showsSecrets ? answer.value : masked(answer.value);
  const text = showsSecrets ? answer.text : maskedText(answer.text);
  const how = [status, status === undefined || !ok ? (code ?? 'ack') : undefined].filter((one) => one !== undefined);
  const shownCode = how.filter((one, index) => String(one) !== String(how[index - 1])).join(' ');
  return (
    <section className={styles.answer} aria-label={t('ui.requests.answer')}>
      <div className={styles.head} role="status">
        <span className={styles.status} data-ok={ok}>
          {shownCode}
        </span>
        <span className={styles.took}>{t('ui.requests.took', { ms: tookMs.toFixed(1) })}</span>
        <span className={styles.meaning}>{!ok && code !== undefined && t(`errors.${code}`, { defaultValue: '' })}</span>
        <CopyButton text={() => (value === undefined ? text : JSON.stringify(value, null, 2))} />
      </div>
      <div className={styles.body} tabIndex={0}>
        {value === undefined ? <pre className={styles.raw}>{text}</pre> : <JsonView value={value} />}
      </div>
    </section>
  );
}
