import type { ReactNode } from 'react';
import { Document } from './Document';
import { Film } from './Film';
import type { MediaProps } from './media';
import { Picture } from './Picture';
import { Voice } from './Voice';

const shownAs = { image: Picture, video: Film, voice: Voice, file: Document } as const;

/** A file that a message carries. */
export function Attachment(props: MediaProps): ReactNode {
  const Shown = shownAs[props.said.kind];
  return <Shown {...props} />;
}
