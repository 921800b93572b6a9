import { type ReactNode, useState } from 'react';
import { Ban, FileQuestion } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@app/sdk';
import styles from './Content.module.css';
import { Attachment } from './media/Attachment';
import { saidIn } from './payload';
import { RichText } from './RichText';
import { emojiCount } from './text';

interface ContentProps {
  readonly message: Pick<Message, 'type' | 'payload' | 'recalled' | 'mentions'>;
  readonly isOwn: boolean;
  /** Time and ticks, at the end of it. */
  readonly children: ReactNode;
}

/** Of a longer text (characters) only the beginning is shown until somebody wants all of it. */
const longText = 3_000;
const shownOfLong = 1_800;

/** What a message says. */
export function Content({ message, isOwn, children }: ContentProps): ReactNode {
  const { t } = useTranslation();
  const said = saidIn(message);
  const [isWhole, setIsWhole] = useState(false);
  switch (said.kind) {
    case 'text': {
      const large = message.mentions ? 0 : emojiCount(said.text);
      const isCut = !isWhole && said.text.length > longText;
      const text = isCut ? `${said.text.slice(0, shownOfLong).toWellFormed()}…` : said.text;
      return (
        <div className={styles.text} data-large={large > 0} dir="auto">
          <RichText text={text} mentions={message.mentions} />
          {isCut && (
            <button type="button" className={styles.more} onClick={() => setIsWhole(true)}>
              {t('messages.showAll', { count: said.text.length })}
            </button>
          )}
          {children}
        </div>
      );
    }
    case 'recalled':
    case 'gone':
      return (
        <div className={styles.gone}>
          <Ban size={14} aria-hidden="true" />
          {t(said.kind === 'gone' ? 'messages.kinds.gone' : isOwn ? 'messages.recalledByYou' : 'messages.kinds.recalled')}
          {children}
        </div>
      );
    case 'unknown':
      return (
        <div className={styles.gone}>
          <FileQuestion size={15} aria-hidden="true" />
          {t('messages.unknownType', { type: said.type })}
          {children}
        </div>
      );
    default:
      return <Attachment said={said}>{children}</Attachment>;
  }
}
