import { create } from 'zustand';
import { type Point, type Reading, pointOf, readingOf } from './readings';
import { type Sample, parseMetrics } from './prometheus';

interface Scrapes {
  readonly points: readonly Point[];
  /** Everything that the last scrape said. */
  readonly samples: readonly Sample[];
  /** Why there are no metrics: they are not given at this address, or the server does not answer. */
  readonly problem?: 'hidden' | 'silent' | undefined;
}

const everyMs = 2_000;
/** Ten minutes. */
const most = 300;
/** Of this many scrapes a point is made: over two seconds alone, few sends would jump about. */
const reach = 3;

/** What was scraped since the page was loaded. */
export const useScrapes = create<Scrapes>(() => ({ points: [], samples: [] }));

const readings: Reading[] = [];

/** Scrapes every two seconds while the page is to be seen, until the metrics turn out to be hidden; what is returned ends it. */
export function startScraping(): () => void {
  void scrape();
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && useScrapes.getState().problem !== 'hidden') void scrape();
  }, everyMs);
  return () => clearInterval(timer);
}

/** Scrapes once. */
export async function scrape(): Promise<void> {
  try {
    const response = await fetch('/metrics', { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) return useScrapes.setState({ problem: 'hidden' });
    const samples = parseMetrics(await response.text());
    const reading = readingOf(samples, Date.now());
    readings.push(reading);
    if (readings.length > reach + 1) readings.shift();
    const point = pointOf(reading, readings.length > 1 ? readings[0] : undefined);
    useScrapes.setState(({ points }) => ({ points: [...points, point].slice(-most), samples, problem: undefined }));
  } catch {
    useScrapes.setState({ problem: 'silent' });
  }
}
