import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../widgets/CopyButton';
import type { Protocol } from '../requests/documents';
import styles from './Reference.module.css';

interface OverviewProps {
  readonly protocol: Protocol;
}

/** What there is, where the documents are, and a client to begin with. */
export function Overview({ protocol }: OverviewProps): ReactNode {
  const { t } = useTranslation();
  const { version, actions, events, routes } = protocol;
  const program = firstProgram(location.origin);
  return (
    <>
      <h1>{t('ui.reference.title')}</h1>
      <p>{t('ui.reference.lead', { version, actions: actions.length, events: events.length, routes: routes.length })}</p>
      <ul className={styles.documents}>
        <li>
          <a href="/api/asyncapi" target="_blank" rel="noreferrer noopener">
            AsyncAPI 3.0
          </a>{' '}
          {t('ui.reference.asyncApi')}
        </li>
        <li>
          <a href="/api/docs" target="_blank" rel="noreferrer noopener">
            OpenAPI 3.1
          </a>{' '}
          {t('ui.reference.openApi')}
        </li>
      </ul>
      <h2>{t('ui.reference.frames')}</h2>
      <p>{t('ui.reference.framesLead')}</p>
      <pre className={styles.code}>{frames}</pre>
      <h2>{t('ui.reference.begin')}</h2>
      <div className={styles.copy}>
        <CopyButton text={() => program} />
      </div>
      <pre className={styles.code}>{program}</pre>
    </>
  );
}

const frames = [
  '→ { "action": "send", "ref": "7", "data": { "to": "bob", "type": "text", … } }',
  '← { "action": "ack", "ref": "7", "data": { "convId": "c2c:alice:bob", "seq": 3, … } }',
  '← { "action": "message", "data": { "convId": "c2c:alice:bob", "seq": 3, … } }',
].join('\n');

const firstProgram = (origin: string): string =>
  [
    "import { ParleyClient, ParleyRest } from '@parley/sdk';",
    '',
    `const url = '${origin}';`,
    "const { token } = await new ParleyRest({ url }).request('login', { body: { username, password } });",
    'const client = new ParleyClient({ url, token });',
    '',
    "client.on('connection', ({ state }) => console.log(state));",
    'const timeline = client.timeline({ groupId }, { fromSeq: 0 });',
    "timeline.on('entry', (entry) => console.log(entry.seq, entry.kind));",
    "await client.send({ groupId, type: 'text', payload: { text: 'Hello!' } });",
  ].join('\n');
