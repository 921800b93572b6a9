import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { Eye, EyeOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../kit/Button';
import { Field } from '../../kit/Field';

interface PasswordFieldProps {
  readonly isNew: boolean;
  readonly problem?: string | undefined;
}

/** A password, which can be shown, and a word when Caps Lock is on. */
export function PasswordField({ isNew, problem }: PasswordFieldProps): ReactNode {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const [isCaps, setCaps] = useState(false);
  const look = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'));
  const Icon = isShown ? EyeOff : Eye;
  return (
    <Field
      label={t('signIn.password')}
      name="password"
      type={isShown ? 'text' : 'password'}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={128}
      required
      hint={isCaps ? t('signIn.capsLock') : isNew ? t('signIn.passwordHint') : undefined}
      problem={problem}
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setCaps(false)}
      end={
        <IconButton label={t(isShown ? 'signIn.hide' : 'signIn.show')} onClick={() => setShown(!isShown)}>
          <Icon size={18} aria-hidden="true" />
        </IconButton>
      }
    />
  );
}
