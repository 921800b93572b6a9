import { type ReactNode, useId } from 'react';
import { Switch as Base } from '@base-ui/react/switch';
import styles from './Switch.module.css';

interface SwitchProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean | undefined;
}

/** A line that says what is on or off. */
export function Switch({ label, hint, checked, onChange, disabled }: SwitchProps): ReactNode {
  const id = useId();
  return (
    <div className={styles.line}>
      <div className={styles.words}>
        <span id={id}>{label}</span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className={styles.hint}>
            {hint}
          </span>
        )}
      </div>
      <Base.Root
        className={styles.switch}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-labelledby={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        <Base.Thumb className={styles.thumb} />
      </Base.Root>
    </div>
  );
}
