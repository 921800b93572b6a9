import type { ReactNode } from 'react';
import { ChevronRight, Images } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Glyph } from '../../../kit/Glyph';
import { Line } from '../../../kit/Line';
import { Section } from '../../../kit/Section';
import { partOf } from '../../shell/places';

/** The way from the details of a conversation to its files. */
export function SharedFilesLine({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <Section>
      <Line
        href={partOf(convId, 'files')}
        start={<Glyph Icon={Images} />}
        title={t('shared.title')}
        sub={t('shared.lead')}
        end={<ChevronRight size={18} aria-hidden="true" />}
      />
    </Section>
  );
}
