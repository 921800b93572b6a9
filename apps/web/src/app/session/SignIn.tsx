import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ParleyError } from '@app/sdk';
import { type Language, choose, language, languages } from '../../i18n';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import type { Account, SignedIn, SignedOutReason } from './account';
import { PasswordField } from './PasswordField';
import styles from './SignIn.module.css';

interface SignInProps {
  readonly account: Account;
  readonly reason: SignedOutReason | undefined;
  readonly onSignedIn: (signedIn: SignedIn) => void;
}

/** Where people sign in, or sign up. */
export function SignIn({ account, reason, onSignedIn }: SignInProps): ReactNode {
  const { t } = useTranslation();
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ readonly field?: string | undefined; readonly text: string }>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const [username, nickname] = [textIn(form, 'username'), textIn(form, 'nickname')];
    const password = (form.elements.namedItem('password') as HTMLInputElement).value;
    const missing = username === '' ? 'username' : password === '' ? 'password' : undefined;
    if (missing) {
      setProblem({ field: missing, text: `signIn.${missing}Missing` });
      return focusOn(form, missing);
    }
    setBusy(true);
    setProblem(undefined);
    try {
      onSignedIn(await (isNew ? account.signUp(username, password, nickname) : account.signIn(username, password)));
    } catch (error) {
      const what = problemOf(error, isNew);
      setProblem(what);
      setBusy(false);
      focusOn(form, what.field ?? 'password');
    }
  }

  const problemAt = (field: string) => (problem?.field === field ? t(problem.text) : undefined);
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)} noValidate>
        <img src="/app/icon.svg" alt="" width={56} height={56} />
        <h1>Parley</h1>
        <p className={styles.lead}>{t(isNew ? 'signIn.leadNew' : 'signIn.lead')}</p>
        {reason === 'ended' && !problem && (
          <p role="status" className={styles.notice}>
            {t('signIn.ended')}
          </p>
        )}
        <Field
          key={`username-${isNew}`}
          label={t('signIn.username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          hint={isNew ? t('signIn.usernameHint') : undefined}
          problem={problemAt('username')}
        />
        {isNew && (
          <Field label={t('signIn.nickname')} name="nickname" autoComplete="nickname" maxLength={64} problem={problemAt('nickname')} />
        )}
        <PasswordField isNew={isNew} problem={problemAt('password')} />
        {problem && problem.field === undefined && (
          <p role="alert" className={styles.problem}>
            {t(problem.text)}
          </p>
        )}
        <Button look="primary" type="submit" disabled={busy}>
          {t(isNew ? 'signIn.signUp' : 'signIn.signIn')}
        </Button>
        <button
          type="button"
          className={styles.other}
          onClick={() => {
            setNew(!isNew);
            setProblem(undefined);
          }}
        >
          {t(isNew ? 'signIn.haveAccount' : 'signIn.noAccount')}
        </button>
      </form>
      <Languages />
    </main>
  );
}

/** The other languages, each by its own name. */
function Languages(): ReactNode {
  const others = (Object.keys(languages) as Language[]).filter((one) => one !== language());
  return (
    <div className={styles.languages}>
      {others.map((one) => (
        <button key={one} type="button" lang={one} className={styles.other} onClick={() => void choose(one).catch(() => undefined)}>
          {languages[one]}
        </button>
      ))}
    </div>
  );
}

/** Where something is wrong, it is to be mended. */
const focusOn = (form: HTMLFormElement, field: string): void => (form.elements.namedItem(field) as HTMLInputElement | null)?.focus();

/** What went wrong, as a key of the texts, and at which field. */
function problemOf(error: unknown, isNew: boolean): { field?: string | undefined; text: string } {
  if (!(error instanceof ParleyError)) return { text: 'errors.INTERNAL' };
  if (error.code === 'UNAUTHENTICATED') return { text: 'signIn.wrong' };
  if (error.code === 'ALREADY_EXISTS') return { field: 'username', text: 'signIn.taken' };
  if (error.code !== 'BAD_REQUEST') return { text: `errors.${error.code}` };
  const [field] = ['username', 'password', 'nickname'].filter((name) => error.issues?.some(({ path }) => String(path).includes(name)));
  // What is no possible name is nobody's name.
  if (!isNew) return { text: 'signIn.wrong' };
  return field === undefined ? { text: 'errors.BAD_REQUEST' } : { field, text: `signIn.bad.${field}` };
}
