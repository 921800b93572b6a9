import type { ReactNode } from 'react';
import { Megaphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '@app/sdk';
import { clock, moment } from '../../i18n/times';
import { useChat } from '../chat-context';
import { useName } from '../users/names';
import styles from './EventLine.module.css';
import { saidIn } from './payload';
import { type Phrase, phrasesOf } from './phrases';

/** What happened in a group, or what the server says: in the middle, in small. */
export function EventLine({ entry }: { readonly entry: Entry }): ReactNode {
  const { t } = useTranslation();
  const phrases = phrasesOf(entry);
  const said = entry.kind === 'message' ? saidIn(entry) : undefined;
  return (
    <article className={styles.event} data-message={entry.seq} tabIndex={-1} title={moment(entry.timestamp)}>
      {said && <p>{said.kind === 'text' ? said.text : t('messages.unknownType', { type: entry.kind })}</p>}
      {phrases.map((phrase) =>
        phrase.key === 'notice' ? <Notice key="notice" phrase={phrase} /> : <Words key={phrase.key} phrase={phrase} />,
      )}
      {!said && phrases.length === 0 && <p>{t('messages.unknownType', { type: entry.kind })}</p>}
    </article>
  );
}

function Words({ phrase }: { readonly phrase: Phrase }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const { key, by, user, name, count, until } = phrase;
  const [author, other] = [useName(by), useName(user)];
  const values = {
    by: by === me ? t('entries.you') : author,
    user: user === me ? t('entries.youToo') : other,
    name: name ?? '',
    count: count ?? 0,
    until: until === undefined ? '' : until - Date.now() > 86_400_000 ? moment(until) : clock(until),
  };
  return <p>{t(`entries.${key}`, values)}</p>;
}

function Notice({ phrase: { by, name } }: { readonly phrase: Phrase }): ReactNode {
  const { t } = useTranslation();
  const author = useName(by);
  return (
    <div className={styles.notice}>
      <Megaphone size={18} aria-hidden="true" />
      <div>
        <strong>{t('entries.notice', { by: author })}</strong>
        <p dir="auto">{name}</p>
      </div>
    </div>
  );
}
