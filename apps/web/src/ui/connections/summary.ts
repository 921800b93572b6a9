import { fieldsOf } from './fields-of';
import type { LogEntry } from './frame-log';

const most = 160;

/** What a line is about in a few words: the fields that tell most. */
export function summaryOf({ kind, title, value, text }: LogEntry): string {
  if (value === undefined) return text.slice(0, most);
  const fields = fieldsOf(value);
  if (title === 'connecting' || title === 'open') return typeof fields.url === 'string' ? fields.url : '';
  const said = kind === 'frame' ? fieldsOf(fields.data) : fields;
  if (title === 'error' || 'code' in said) return [said.code, said.reason ?? said.message].filter((one) => one !== '').join(' ');
  return words(said).join(' ').slice(0, most);
}

/** Fields that tell what something is about, in the order in which they are read. */
const telling = [
  'kind',
  'name',
  'username',
  'state',
  'seq',
  'fromSeq',
  'lastSeq',
  'readSeq',
  'reconnectInMs',
  'reason',
  'to',
  'groupId',
  'convId',
  'userId',
];

function words(said: Readonly<Record<string, unknown>>): string[] {
  const { payload } = said as { payload?: { text?: unknown } | null };
  const found = typeof payload?.text === 'string' ? [`“${payload.text}”`] : [];
  for (const name of telling) {
    const value = said[name];
    if (typeof value === 'string' || typeof value === 'number') found.push(/(Seq|seq|Ms)$/.test(name) ? `${name} ${value}` : String(value));
  }
  if (found.length > 0) return found;
  return Object.entries(said).map(([name, value]) => (Array.isArray(value) ? `${name} [${value.length}]` : name));
}
