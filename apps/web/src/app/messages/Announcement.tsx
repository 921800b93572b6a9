import { type ReactNode, useState } from 'react';
import { useChat } from '../chat-context';
import { oneLine } from '../conversations/previews';
import { useName } from '../users/names';
import { saidIn } from './payload';
import type { Row } from './rows';

/** Says to screen readers what others have just said. */
export function Announcement({ row }: { readonly row: Row | undefined }): ReactNode {
  const { userId: me } = useChat();
  const [first] = useState(row?.timestamp ?? 0);
  const message =
    row?.kind === 'entry' && row.entry.kind === 'message' && row.entry.from !== me && row.timestamp > first ? row.entry : undefined;
  const said = message && saidIn(message);
  const name = useName(message?.from);
  return (
    <p className="visually-hidden" aria-live="polite">
      {said?.kind === 'text' && `${name}: ${oneLine(said.text)}`}
    </p>
  );
}
