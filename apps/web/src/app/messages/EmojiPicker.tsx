import { type ReactNode, useEffect, useRef } from 'react';
import { EmojiPicker as Picker } from 'frimousse';
import { useTranslation } from 'react-i18next';
import { emojiData } from './emoji-data';
import styles from './EmojiPicker.module.css';

interface EmojiPickerProps {
  readonly onChoose: (emoji: string) => void;
  readonly onClose: () => void;
}

/** All emoji, to be found by name. Their names are loaded from this server, in the language of the page. */
export default function EmojiPicker({ onChoose, onClose }: EmojiPickerProps): ReactNode {
  const { t, i18n } = useTranslation();
  const root = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) close.current();
    };
    // The press that opened it is still on its way.
    const timer = setTimeout(() => addEventListener('pointerdown', outside));
    return () => {
      clearTimeout(timer);
      removeEventListener('pointerdown', outside);
    };
  }, []);
  return (
    <div
      ref={root}
      className={styles.place}
      role="dialog"
      aria-label={t('composer.emoji')}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <Picker.Root
        className={styles.picker}
        columns={8}
        locale={i18n.language.startsWith('zh') ? 'zh' : 'en'}
        resolveEmojiData={emojiData}
        onEmojiSelect={({ emoji }) => onChoose(emoji)}
      >
        <Picker.Search className={styles.search} placeholder={t('composer.findEmoji')} aria-label={t('composer.findEmoji')} autoFocus />
        <Picker.Viewport className={styles.viewport}>
          <Picker.Loading className={styles.word}>{t('shell.loading')}</Picker.Loading>
          <Picker.Empty className={styles.word}>{t('composer.noEmoji')}</Picker.Empty>
          <Picker.List
            className={styles.list}
            components={{
              CategoryHeader: ({ category, ...props }) => (
                <div className={styles.category} {...props}>
                  {category.label}
                </div>
              ),
              Emoji: ({ emoji, ...props }) => (
                <button type="button" className={styles.emoji} data-active={emoji.isActive} {...props}>
                  {emoji.emoji}
                </button>
              ),
            }}
          />
        </Picker.Viewport>
      </Picker.Root>
    </div>
  );
}
