import { type InputHTMLAttributes, type ReactNode, useId } from 'react';
import styles from './Field.module.css';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  /** What is wrong with what was entered. */
  readonly problem?: string | undefined;
  readonly hint?: string | undefined;
  /** In the field, at its end: a button. */
  readonly end?: ReactNode;
}

/** A line to be filled in, with its label and what is wrong with it. */
export function Field({ label, problem, hint, end, ...rest }: FieldProps): ReactNode {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.line} data-end={end !== undefined}>
        <input {...rest} id={id} aria-invalid={problem !== undefined} aria-describedby={note === undefined ? undefined : `${id}-note`} />
        {end}
      </div>
      {note !== undefined && (
        <p
          id={`${id}-note`}
          className={problem === undefined ? styles.hint : styles.problem}
          role={problem === undefined ? undefined : 'alert'}
        >
          {note}
        </p>
      )}
    </div>
  );
}
