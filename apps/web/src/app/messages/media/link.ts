import { useCallback, useEffect, useState } from 'react';
import { useChat } from '../../chat-context';

/** Where a file can be read. */
export interface FileLink {
  /** Undefined while it is not known. It was good when it was asked for; a page may be older than that. */
  readonly url: string | undefined;
  /** Whether the user may not read the file, or there is no such file. */
  readonly failed: boolean;
  /** Answers an address that is good now; undefined when there is none. */
  readonly renew: () => Promise<string | undefined>;
}

/** Where a file can be read. Addresses hold for some minutes only: what is begun by a click should ask `renew`. */
export function useLink(fileId: string | undefined): FileLink {
  const { files } = useChat();
  const [url, setUrl] = useState(() => (fileId === undefined ? undefined : files.peek(fileId)));
  const [failed, setFailed] = useState(fileId === undefined);
  useEffect(() => {
    if (fileId === undefined || url !== undefined) return;
    let over = false;
    void files.link(fileId).then((found) => {
      if (over) return;
      setUrl(found);
      setFailed(found === undefined);
    });
    return () => void (over = true);
  }, [files, fileId, url]);
  const renew = useCallback(async () => {
    const found = fileId === undefined ? undefined : await files.link(fileId);
    setUrl(found);
    setFailed(found === undefined);
    return found;
  }, [files, fileId]);
  return { url, failed, renew };
}
