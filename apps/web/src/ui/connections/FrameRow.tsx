import { memo, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { bringToFront, useDesk } from '../desk';
import { choose } from '../requests/requests';
import { onwardOf, waysOf } from '../requests/ways';
import { mask, masked, maskedText } from '../secrets';
import { CopyButton } from '../widgets/CopyButton';
import { CopyMenu } from '../widgets/CopyMenu';
import { JsonView } from '../widgets/JsonView';
import type { ConsoleClient } from './client';
import type { LogEntry } from './frame-log';
import styles from './FrameRow.module.css';
import { summaryOf } from './summary';

interface FrameRowProps {
  readonly entry: LogEntry;
  readonly client: ConsoleClient;
  readonly isOpen: boolean;
  readonly onToggle: (id: number) => void;
}

/** One line of a log; opened, all that it says. */
export const FrameRow = memo(function FrameRow({ entry, client, isOpen, onToggle }: FrameRowProps) {
  const { t } = useTranslation();
  const showsSecrets = useDesk((desk) => desk.showsSecrets);
  const shown = useMemo(() => (showsSecrets ? entry : hidden(entry)), [entry, showsSecrets]);
  const { id, direction, title, answers, outcome, origin, kind, at } = shown;
  const { form, page } = isOpen ? onwardOf(shown) : {};
  const isError = outcome?.ok === false || title === 'error' || title === 'close';
  return (
    <div className={styles.row} data-direction={direction} data-error={isError}>
      <button type="button" className={styles.line} aria-expanded={isOpen} onClick={() => onToggle(id)}>
        <span className={styles.arrow} aria-label={t(`ui.log.directions.${direction}`)}>
          {direction === 'out' ? '↑' : '↓'}
        </span>
        <span className={styles.time}>{clock(at)}</span>
        <span className={styles.title}>{answers === undefined ? title : `${title} ‹${answers}›`}</span>
        <span className={styles.summary}>{summaryOf(shown)}</span>
        {outcome && (
          <span className={styles.outcome} data-ok={outcome.ok}>
            {direction === 'out' && outcome.code !== undefined && !outcome.ok && `${outcome.code} `}
            {outcome.tookMs.toFixed(outcome.tookMs < 10 ? 1 : 0)} ms
          </span>
        )}
        {origin === 'sdk' && kind === 'frame' && (
          <span className={styles.badge} title={t('ui.log.bySdk')}>
            SDK
          </span>
        )}
      </button>
      {isOpen && (
        <div className={styles.detail}>
          <div className={styles.copies}>
            <CopyButton text={() => shown.text} label={t(kind === 'rest' ? 'ui.log.copyBody' : 'ui.log.copyFrame')} />
            <CopyMenu ways={waysOf(shown, showsSecrets ? client.token : undefined)} />
            {form && (
              <button
                type="button"
                className={styles.onward}
                onClick={() => {
                  choose(form.key, form.value);
                  bringToFront('requests');
                }}
              >
                {t('ui.log.toForm')}
              </button>
            )}
            {page !== undefined && (
              <Link href={page} className={styles.onward}>
                {t('ui.log.explain')}
              </Link>
            )}
          </div>
          {shown.value === undefined ? (
            <pre className={styles.raw}>{shown.text || t('ui.log.noBody')}</pre>
          ) : (
            <JsonView value={shown.value} />
          )}
        </div>
      )}
    </div>
  );
});

function hidden(entry: LogEntry): LogEntry {
  if (entry.value === undefined) return { ...entry, text: maskedText(entry.text), title: maskedText(entry.title) };
  const value = masked(entry.value);
  const text = JSON.stringify(value);
  // As it was written, where nothing had to be hidden.
  return { ...entry, title: maskedText(entry.title), ...(text.includes(mask) ? { value, text } : {}) };
}

function clock(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
