import { language } from '.';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats are dear to make. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language(), options);
  formats.set(key, known);
  return known;
}

const dayMs = 86_400_000;
const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** `14:05`. */
export const clock = (at: number): string => format({ hour: 'numeric', minute: '2-digit' }).format(at);

/** Day and time, in full: for a title and for screen readers. */
export const moment = (at: number): string => format({ dateStyle: 'medium', timeStyle: 'short' }).format(at);

/** How a list says when something was: the time of today, the weekday of this week, or the date. */
export function shortTime(at: number, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / dayMs);
  if (days <= 0) return clock(at);
  if (days < 7) return format({ weekday: 'short' }).format(at);
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(isThisYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' }).format(at);
}

/** The name of a day: `Today`, `Yesterday`, or its date. */
export function dayName(at: number, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / dayMs);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(-days, 'day');
    return word.charAt(0).toLocaleUpperCase(language()) + word.slice(1);
  }
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format({ weekday: 'long', day: 'numeric', month: 'long', ...(isThisYear ? {} : { year: 'numeric' }) }).format(at);
}
