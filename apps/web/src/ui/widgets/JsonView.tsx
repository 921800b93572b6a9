import type { ReactNode } from 'react';
import styles from './JsonView.module.css';

interface JsonViewProps {
  readonly value: unknown;
}

/** JSON to be read: formatted and coloured. What it says is text and nothing else. */
export function JsonView({ value }: JsonViewProps): ReactNode {
  return <pre className={styles.json}>{coloured(JSON.stringify(value, null, 2) ?? '')}</pre>;
}

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Beyond this length (characters) colours cost more than they help. */
const mostColoured = 40_000;

function coloured(text: string): ReactNode {
  if (text.length > mostColoured) return text;
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, quoted, colon] = match;
    parts.push(text.slice(end, match.index));
    const look = quoted === undefined ? styles.plain : colon === undefined ? styles.text : styles.name;
    parts.push(
      <span key={match.index} className={look}>
        {quoted ?? whole}
      </span>,
      colon ?? '',
    );
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)];
}
