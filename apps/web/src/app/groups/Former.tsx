import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Portrait } from '../../kit/Portrait';
import { Note } from '../../kit/Section';
import type { FormerLine } from '../state';

/** A group that the user is in no more: what it was called, and why there is nothing to be done about it. */
export function Former({ line: { convId, name, avatarUrl, why = 'left' } }: { readonly line: FormerLine }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Portrait id={convId} name={name ?? t('groups.details')} url={avatarUrl} />
      <Note>{t(`composer.why.${why}`)}</Note>
    </>
  );
}
