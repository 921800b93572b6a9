import type { ReactNode } from 'react';
import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button';
import { copy } from './clipboard';
import { tell } from './toasts';

/** Puts a text on the clipboard. `label` says which. */
export function CopyButton({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  const { t } = useTranslation();
  const copied = (isDone: boolean) => (isDone ? tell(t('kit.copied'), 'done') : tell(t('kit.notCopied')));
  return (
    <IconButton label={label} onClick={() => void copy(text).then(copied)}>
      <Copy size={17} aria-hidden="true" />
    </IconButton>
  );
}
