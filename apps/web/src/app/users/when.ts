import { language } from '../../i18n';

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long ago (or ahead) a moment is, in words: "5 minutes ago". Times are ms since 1970. */
export function ago(at: number, now: number = Date.now()): string {
  const seconds = Math.round((at - now) / 1000);
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** A day and a time, as they are written in the language of the page; of today the time, of this year no year. */
export function dayAndTime(at: number, now: number = Date.now()): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = { hour: 'numeric', minute: '2-digit' } as const;
  const isThisYear = then.getFullYear() === today.getFullYear();
  const day = isThisYear ? ({ day: 'numeric', month: 'short' } as const) : ({ day: 'numeric', month: 'short', year: 'numeric' } as const);
  const isToday = then.toDateString() === today.toDateString();
  return new Intl.DateTimeFormat(language(), isToday ? time : { ...day, ...time }).format(at);
}

/** A day, as it is written in the language of the page. */
export const day = (at: number): string => new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(at);
