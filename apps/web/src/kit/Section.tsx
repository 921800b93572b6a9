import { type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import styles from './Section.module.css';

interface SectionProps {
  readonly title?: string | undefined;
  /** Beside the title. */
  readonly action?: ReactNode;
  readonly hint?: string | undefined;
  readonly children: ReactNode;
}

/** A part of a page: its title, and lines in a frame. */
export function Section({ title, action, hint, children }: SectionProps): ReactNode {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={title === undefined ? undefined : id}>
      {(title !== undefined || action !== undefined) && (
        <div className={styles.head}>
          <h2 id={id}>{title}</h2>
          {action}
        </div>
      )}
      <div className={styles.frame}>{children}</div>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
    </section>
  );
}

/** Says that there is nothing, or that it is on its way. */
export function Note({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className={styles.note}>{children}</p>;
}

interface ChoiceProps extends SelectHTMLAttributes<HTMLSelectElement> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly options: readonly (readonly [value: string, label: string])[];
}

/** A line in which one of several is chosen. */
export function Choice({ label, hint, options, ...rest }: ChoiceProps): ReactNode {
  const id = useId();
  return (
    <div className={styles.choice}>
      <div className={styles.words}>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && <span className={styles.small}>{hint}</span>}
      </div>
      <select {...rest} id={id}>
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A line that does something, or with `danger` ends something. */
export function ActionLine({
  label,
  Icon,
  danger,
  onClick,
  disabled,
}: {
  readonly label: string;
  readonly Icon: React.ComponentType<{ readonly size?: number; readonly 'aria-hidden'?: 'true' }>;
  readonly danger?: boolean | undefined;
  readonly onClick: () => void;
  readonly disabled?: boolean | undefined;
}): ReactNode {
  return (
    <button type="button" className={styles.action} data-danger={danger} onClick={onClick} disabled={disabled}>
      <Icon size={19} aria-hidden="true" />
      {label}
    </button>
  );
}

/** A line that says what something is. */
export function Fact({
  label,
  end,
  children,
}: {
  readonly label: string;
  readonly end?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={styles.fact}>
      <div className={styles.words}>
        <span className={styles.small}>{label}</span>
        <span className={styles.value}>{children}</span>
      </div>
      {end}
    </div>
  );
}
