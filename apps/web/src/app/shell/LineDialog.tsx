import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { textIn } from '../../kit/form';
import { problemOf } from './act';

interface LineDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly label: string;
  readonly value?: string;
  readonly maxLength: number;
  readonly hint?: string;
  /** What the button says. */
  readonly action: string;
  /** What is said, as a key of the texts, when nothing was entered; without it, nothing will do. */
  readonly missing?: string;
  /** Does it with what was entered; what it throws is told at the field, and the dialog stays. */
  readonly onEntered: (text: string) => Promise<unknown>;
}

/** Asks for one line, does something with it, and closes. */
export function LineDialog({
  open,
  onClose,
  title,
  label,
  value,
  maxLength,
  hint,
  action,
  missing,
  onEntered,
}: LineDialogProps): ReactNode {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const text = textIn(event.currentTarget, 'line');
    if (text === '' && missing !== undefined) return setProblem(missing);
    setBusy(true);
    setProblem(undefined);
    try {
      await onEntered(text);
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={label}
          name="line"
          defaultValue={value}
          maxLength={maxLength}
          autoComplete="off"
          hint={hint}
          problem={problem === undefined ? undefined : t(problem)}
        />
        <DialogActions>
          <Button onClick={onClose}>{t('kit.cancel')}</Button>
          <Button look="primary" type="submit" disabled={busy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
