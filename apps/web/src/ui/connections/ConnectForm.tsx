import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import type { ConsoleClient } from './client';
import styles from './ConnectForm.module.css';

interface ConnectFormProps {
  readonly client: ConsoleClient;
}

/** Who connects here: somebody with a name and a password, or with a token. */
export function ConnectForm({ client }: ConnectFormProps): ReactNode {
  const { t } = useTranslation();
  const [by, setBy] = useState<'password' | 'token'>('password');
  const [values, setValues] = useState({ username: '', password: '', token: '', deviceId: '' });
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const field = (name: keyof typeof values) => ({
    label: t(`ui.connect.${name}`),
    value: values[name],
    onChange: ({ target }: { target: HTMLInputElement }) => setValues({ ...values, [name]: target.value.trim() }),
  });
  const connect = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    const { username, password, token, deviceId } = values;
    if (by === 'token') return client.connect(token.replace(/^Bearer\s+/i, ''), deviceId);
    setBusy(true);
    const { ok, code = 'INTERNAL' } = await client.logIn(username, password, deviceId);
    setBusy(false);
    if (!ok) setProblem(code === 'UNAUTHENTICATED' ? t('signIn.wrong') : t(`errors.${code}`));
  };
  return (
    <form className={styles.form} onSubmit={(event) => void connect(event)} autoComplete="off">
      <fieldset className={styles.ways}>
        <legend className="visually-hidden">{t('ui.connect.how')}</legend>
        {(['password', 'token'] as const).map((way) => (
          <label key={way} className={styles.way}>
            <input type="radio" name={`way-${client.id}`} checked={by === way} onChange={() => setBy(way)} />
            <span>{t(`ui.connect.by.${way}`)}</span>
          </label>
        ))}
      </fieldset>
      {by === 'password' ? (
        <>
          <Field {...field('username')} required autoComplete="off" autoCapitalize="none" />
          <Field {...field('password')} required type="password" autoComplete="off" problem={problem} />
        </>
      ) : (
        <Field {...field('token')} required type="password" autoComplete="off" placeholder="eyJ…" hint={t('ui.connect.tokenHint')} />
      )}
      <Field {...field('deviceId')} placeholder={t('ui.connect.devicePlaceholder')} pattern="[A-Za-z0-9._\-]{1,64}" autoComplete="off" />
      <Button look="primary" type="submit" disabled={isBusy} className={styles.submit}>
        {t('ui.connect.connect')}
      </Button>
    </form>
  );
}
