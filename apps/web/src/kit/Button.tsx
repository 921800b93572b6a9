import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './Button.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'danger';
}

/** A button with words. */
export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps): ReactNode {
  return <button {...rest} type={type} className={`${styles.button} ${styles[look]} ${className}`} />;
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does: told to screen readers, and shown when it is pointed at. */
  readonly label: string;
}

/** A button with a picture. */
export function IconButton({ label, className = '', type = 'button', ...rest }: IconButtonProps): ReactNode {
  return <button {...rest} type={type} aria-label={label} title={label} className={`${styles.icon} ${className}`} />;
}
