import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button } from '../../kit/Button';
import { Dialog, DialogActions } from '../../kit/Dialog';
import { useAct } from '../shell/act';
import { useKeeping } from './favorites';
import { savedPlace } from './places';
import styles from './Saved.module.css';

/** Asks for words that are no message, keeps them, and opens what was kept. */
export function NewNote({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const { note } = useKeeping();
  const { busy, act } = useAct();
  const [text, setText] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await act(async () => {
      const { id } = await note(text.trim().toWellFormed());
      setText('');
      onClose();
      go(savedPlace(id));
    });
  };
  return (
    <Dialog open={open} onClose={onClose} title={t('saved.newNote')}>
      <form className={styles.newNote} onSubmit={(event) => void submit(event)}>
        <textarea
          rows={5}
          value={text}
          maxLength={4_000}
          dir="auto"
          autoFocus
          aria-label={t('saved.newNote')}
          placeholder={t('saved.noteHint')}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <DialogActions>
          <Button onClick={onClose}>{t('kit.cancel')}</Button>
          <Button look="primary" type="submit" disabled={busy || text.trim() === ''}>
            {t('kit.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
