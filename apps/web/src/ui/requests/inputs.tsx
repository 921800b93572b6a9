import { RefreshCw } from 'lucide-react';
import { newClientMsgId } from '@app/sdk';
import { type ReactNode, use, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Field } from './fields';
import styles from './FieldView.module.css';
import { FormContext, type InputProps } from './form-context';

/** A line of text, with values that were seen on the wire. */
export function TextInput({
  field,
  name,
  id,
  path,
  value,
  required,
  onChange,
}: InputProps & { readonly field: Extract<Field, { kind: 'text' }> }): ReactNode {
  const { t } = useTranslation();
  const { suggest, problems } = use(FormContext);
  const [suggestions, setSuggestions] = useState<readonly string[]>([]);
  const secret = name === 'password' || name === 'token';
  const own = name.split('.').at(-1)!;
  return (
    <span className={styles.withButton}>
      <input
        id={id}
        className={styles.input}
        type={secret ? 'password' : 'text'}
        autoComplete="off"
        spellCheck={false}
        list={suggestions.length > 0 ? `${id}-seen` : undefined}
        value={typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)}
        placeholder={field.preset === undefined ? undefined : said(field.preset)}
        title={field.pattern}
        aria-invalid={problems.has(path)}
        onFocus={() => setSuggestions(suggest(own))}
        onChange={({ target }) => onChange(target.value === '' && !required ? undefined : target.value)}
      />
      {suggestions.length > 0 && (
        <datalist id={`${id}-seen`}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {own === 'clientMsgId' && (
        <button
          type="button"
          className={styles.icon}
          aria-label={t('ui.form.newId')}
          title={t('ui.form.newId')}
          onClick={() => onChange(newClientMsgId())}
        >
          <RefreshCw size={13} aria-hidden="true" />
        </button>
      )}
    </span>
  );
}

/** A number; what is none is passed on as it is. */
export function NumberInput({
  field,
  id,
  path,
  value,
  onChange,
}: InputProps & { readonly field: Extract<Field, { kind: 'number' }> }): ReactNode {
  const { problems } = use(FormContext);
  return (
    <input
      id={id}
      className={styles.input}
      type="text"
      inputMode="numeric"
      autoComplete="off"
      value={value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)}
      placeholder={field.preset === undefined ? undefined : said(field.preset)}
      aria-invalid={problems.has(path)}
      onChange={({ target: { value: text } }) => {
        const number = Number(text);
        // What is no number is passed on as it is: the server says what it thinks of it.
        onChange(text === '' ? undefined : text.trim() === '' || Number.isNaN(number) || String(number) !== text ? text : number);
      }}
    />
  );
}

interface ChoiceInputProps extends Omit<InputProps, 'field'> {
  readonly options: readonly unknown[];
  readonly preset: unknown;
}

/** One of some values, or none. */
export function ChoiceInput({ id, options, preset, value, required, onChange }: ChoiceInputProps): ReactNode {
  const { t } = useTranslation();
  const at = options.indexOf(value);
  const none = preset === undefined ? t('ui.form.none') : t('ui.form.preset', { value: said(preset) });
  return (
    <select
      id={id}
      className={styles.input}
      value={at < 0 ? '' : String(at)}
      onChange={({ target }) => onChange(target.value === '' ? undefined : options[Number(target.value)])}
    >
      {(!required || at < 0) && <option value="">{none}</option>}
      {options.map((option, index) => (
        <option key={String(option)} value={String(index)}>
          {String(option)}
        </option>
      ))}
    </select>
  );
}

/** A file from this computer. */
export function FileInput({ id }: { readonly id: string }): ReactNode {
  const { onFile, file } = use(FormContext);
  return (
    <span className={styles.file}>
      <input id={id} type="file" onChange={({ target }) => onFile(target.files?.[0])} />
      {file && <span className={styles.hint}>{`${file.name}, ${file.size} B`}</span>}
    </span>
  );
}

/** Whatever has no form of its own, as JSON. */
export function JsonInput({ id, path, value, required, onChange }: Omit<InputProps, 'field'>): ReactNode {
  const { t } = useTranslation();
  const { problems } = use(FormContext);
  const [text, setText] = useState(() => pretty(value));
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    // Changed elsewhere: in the JSON beside the form.
    setText((now) => (same(now, value) ? now : pretty(value)));
    setBroken(false);
  }, [value]);
  return (
    <>
      <textarea
        id={id}
        className={`${styles.input} ${styles.json}`}
        rows={Math.min(8, Math.max(3, text.split('\n').length))}
        spellCheck={false}
        value={text}
        aria-invalid={isBroken || problems.has(path)}
        onChange={({ target }) => {
          setText(target.value);
          if (target.value.trim() === '' && !required) return onChange(undefined);
          try {
            onChange(JSON.parse(target.value));
          } catch {
            setBroken(true);
          }
        }}
      />
      {isBroken && <p className={styles.problem}>{t('ui.form.noJson')}</p>}
    </>
  );
}

const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const pretty = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2));

function same(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
