import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { Dialog, DialogActions } from './Dialog';

/** What is asked before something is done that cannot be taken back. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly onYes: () => Promise<unknown> | void;
}

interface ConfirmDialogProps {
  readonly question: Question | undefined;
  readonly onClose: () => void;
}

/** Asks, and does it on a yes; closes when it is done. */
export function ConfirmDialog({ question, onClose }: ConfirmDialogProps): ReactNode {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  // Keeps its words while it fades.
  const [shown, setShown] = useState(question);
  if (question && question !== shown) setShown(question);

  async function yes(): Promise<void> {
    setBusy(true);
    try {
      await question?.onYes();
    } finally {
      setBusy(false);
      onClose();
    }
  }

  return (
    <Dialog open={question !== undefined} onClose={onClose} title={shown?.title ?? ''}>
      <p>{shown?.text}</p>
      <DialogActions>
        <Button onClick={onClose}>{t('kit.cancel')}</Button>
        <Button look="danger" disabled={busy} onClick={() => void yes()}>
          {shown?.action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
