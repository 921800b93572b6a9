import { Send } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { useDesk } from '../desk';
import styles from './RequestForm.module.css';
import { fill, rawKey, useRequests } from './requests';

/** What a frame looks like. */
const beginning = '{ "action": "ping", "ref": "my-own-ref", "data": {} }';

/** Any text for the socket of the connection in use. */
export function RawFrame(): ReactNode {
  const { t } = useTranslation();
  const client = useDesk((desk) => desk.clients.find(({ id }) => id === desk.currentId)!);
  const text = useRequests((requests) => requests.drafts[rawKey] ?? beginning);
  const [isOffline, setOffline] = useState(false);
  const submit = () => setOffline(!client.write(text));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <div className={styles.whole}>
      <div className={styles.scroll}>
        <header className={styles.head}>
          <h2 className={styles.title}>{t('ui.requests.raw')}</h2>
          <p className={styles.summary}>{t('ui.requests.rawLead')}</p>
        </header>
        <label className={styles.raw}>
          <span className={styles.jsonTitle}>{t('ui.requests.rawText')}</span>
          <textarea
            className={styles.editor}
            rows={8}
            spellCheck={false}
            value={text}
            onKeyDown={onKeyDown}
            onChange={({ target }) => fill(rawKey, target.value)}
          />
        </label>
        {isOffline && (
          <p className={styles.offline} role="alert">
            {t('ui.requests.rawOffline')}
          </p>
        )}
      </div>
      <div className={styles.send}>
        <span className={styles.by}>{`${t('ui.requests.by')} ${client.letter}`}</span>
        <Button look="primary" className={styles.button} title={t('ui.requests.sendKeys')} onClick={submit}>
          <Send size={13} aria-hidden="true" /> {t('ui.requests.send')}
        </Button>
      </div>
    </div>
  );
}
