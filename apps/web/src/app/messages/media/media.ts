import type { ReactNode } from 'react';
import type { Said } from '../payload';

/** A message that carries a file. */
export type SaidFile = Extract<Said, { kind: 'image' | 'video' | 'voice' | 'file' }>;

/** What every bubble with a file is given. */
export interface MediaProps {
  readonly said: SaidFile;
  /** Time and ticks. */
  readonly children: ReactNode;
}

/** Pictures and films are shown in this square (px). */
export const picturePx = 320;
