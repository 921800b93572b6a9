import { type ReactNode, memo } from 'react';
import { tokenize } from 'linkifyjs';
import { useChat } from '../chat-context';
import { mentionAll } from '../conversations/conversations';
import styles from './Content.module.css';
import { useMentionNames } from './mention-names';
import { safeHref, spansOf } from './text';

interface RichTextProps {
  readonly text: string;
  readonly mentions: readonly string[] | undefined;
}

/** A text with its links and mentions. It becomes text nodes and links of React's: nothing in it is ever read as HTML. */
export const RichText = memo(function RichText({ text, mentions }: RichTextProps): ReactNode {
  const { userId: me } = useChat();
  const names = useMentionNames(mentions);
  return spansOf(text, names).map((span, at) =>
    span.kind === 'mention' ? (
      <span key={at} className={styles.mention} data-me={span.userId === me || span.userId === mentionAll}>
        {span.text}
      </span>
    ) : (
      <Links key={at} text={span.text} />
    ),
  );
});

function Links({ text }: { readonly text: string }): ReactNode {
  // Most texts have none, and a link has a dot, a colon or an at sign.
  if (!/[.:@]/.test(text)) return text;
  return tokenize(text).map((token, at) => {
    const href = token.isLink ? safeHref(token.toHref('https')) : undefined;
    const words = token.toString();
    return href === undefined ? (
      words
    ) : (
      <a key={at} href={href} target="_blank" rel="noreferrer noopener">
        {words}
      </a>
    );
  });
}
