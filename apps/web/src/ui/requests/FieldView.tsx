import { Plus, RefreshCw, X } from 'lucide-react';
import { newClientMsgId } from '@app/sdk';
import { type ReactNode, createContext, use, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Prose } from '../widgets/Prose';
import { type Field, type NamedField, blank, optionOf, under } from './fields';
import styles from './FieldView.module.css';

/** What all fields of a form share. */
export interface FormContextValue {
  /** What is wrong, by dotted paths. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Values for a field that were seen on the wire. */
  readonly suggest: (name: string) => readonly string[];
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}

export const FormContext = createContext<FormContextValue>({
  problems: new Map(),
  suggest: () => [],
  file: undefined,
  onFile: () => undefined,
});

interface FieldViewProps {
  readonly field: Field;
  readonly name: string;
  readonly required: boolean;
  readonly path: string;
  readonly value: unknown;
  /** `undefined` takes the field out. */
  readonly onChange: (value: unknown) => void;
}

/** One field of a form, whatever its schema says. */
export function FieldView(props: FieldViewProps): ReactNode {
  const { field, name, path, value, onChange, required } = props;
  const { t } = useTranslation();
  const { problems } = use(FormContext);
  const id = useId();
  const isNested = field.kind === 'object' || field.kind === 'list' || field.kind === 'union';
  const found = problems.get(path) ?? [];
  return (
    <div className={styles.field} data-nested={isNested}>
      <div className={styles.label}>
        <label htmlFor={isNested ? undefined : id} id={`${id}-label`}>
          {name}
          {required && (
            <span className={styles.required} title={t('ui.form.required')}>
              *
            </span>
          )}
        </label>
        <span className={styles.kind}>{kindOf(field, t)}</span>
        {field.nullable && (
          <button
            type="button"
            className={styles.null}
            aria-pressed={value === null}
            onClick={() => onChange(value === null ? blank(field) : null)}
          >
            null
          </button>
        )}
        {isNested && !required && value !== undefined && (
          <button type="button" className={styles.null} onClick={() => onChange(undefined)}>
            {t('ui.form.leaveOut')}
          </button>
        )}
      </div>
      {value === null && field.nullable ? <p className={styles.nothing}>null</p> : <Input {...props} id={id} />}
      {field.description !== undefined && (
        <p className={styles.hint}>
          <Prose text={field.description} />
        </p>
      )}
      {found.map((problem) => (
        <p key={problem} className={styles.problem} role="alert">
          {problem}
        </p>
      ))}
    </div>
  );
}

interface InputProps extends FieldViewProps {
  readonly id: string;
}

function Input({ field, ...props }: InputProps): ReactNode {
  switch (field.kind) {
    case 'text':
      return <TextInput {...props} field={field} />;
    case 'number':
      return <NumberInput {...props} field={field} />;
    case 'boolean':
      return <ChoiceInput {...props} options={[true, false]} preset={field.preset} />;
    case 'choice':
      return <ChoiceInput {...props} options={field.options} preset={field.preset} />;
    case 'list':
      return <ListInput {...props} field={field} />;
    case 'object':
      return props.value === undefined ? (
        <AddButton onClick={() => props.onChange(blank(field))} />
      ) : (
        <ObjectFields {...props} fields={field.fields} />
      );
    case 'union':
      return props.value === undefined ? (
        <AddButton onClick={() => props.onChange(blank(field))} />
      ) : (
        <UnionInput {...props} field={field} />
      );
    case 'file':
      return <FileInput id={props.id} />;
    case 'json':
      return <JsonInput {...props} />;
  }
}

interface ObjectFieldsProps {
  readonly fields: readonly NamedField[];
  readonly path: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** The fields of an object; what it has beside them stays as it is. */
export function ObjectFields({ fields, path, value, onChange }: ObjectFieldsProps): ReactNode {
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  return (
    <div className={styles.object}>
      {fields.map(({ name, required, field }) => (
        <FieldView
          key={name}
          field={field}
          name={name}
          required={required}
          path={under(path, name)}
          value={object[name]}
          onChange={(next) => {
            const { [name]: _, ...others } = object;
            onChange(next === undefined ? others : inOrder({ ...others, [name]: next }, fields));
          }}
        />
      ))}
    </div>
  );
}

/** In the order of the schema, so that the JSON does not jump about. */
function inOrder(object: Record<string, unknown>, fields: readonly NamedField[]): Record<string, unknown> {
  const known = fields.filter(({ name }) => name in object).map(({ name }) => [name, object[name]] as const);
  return { ...Object.fromEntries(known), ...object };
}

function TextInput({
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

function NumberInput({ field, id, path, value, onChange }: InputProps & { readonly field: Extract<Field, { kind: 'number' }> }): ReactNode {
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

function ChoiceInput({ id, options, preset, value, required, onChange }: ChoiceInputProps): ReactNode {
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

function ListInput({ field, name, path, value, onChange }: InputProps & { readonly field: Extract<Field, { kind: 'list' }> }): ReactNode {
  const { t } = useTranslation();
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <div className={styles.object}>
      {list.map((one, index) => (
        <div key={index} className={styles.item}>
          <FieldView
            field={field.item}
            name={`${name}.${index}`.replace(/^(.*)\.(\d+)$/, '$1 $2')}
            required
            path={under(path, index)}
            value={one}
            onChange={(next) => onChange(list.map((other, at) => (at === index ? next : other)))}
          />
          <button
            type="button"
            className={styles.icon}
            aria-label={t('ui.form.remove')}
            title={t('ui.form.remove')}
            onClick={() => onChange(list.filter((_, at) => at !== index))}
          >
            <X size={13} aria-hidden="true" />
          </button>
        </div>
      ))}
      <AddButton onClick={() => onChange([...list, blank(field.item)])} />
    </div>
  );
}

function UnionInput({ field, ...props }: InputProps & { readonly field: Extract<Field, { kind: 'union' }> }): ReactNode {
  const { t } = useTranslation();
  const chosen = optionOf(field, props.value);
  return (
    <div className={styles.object}>
      <select
        className={styles.input}
        aria-label={t('ui.form.which')}
        value={chosen}
        onChange={({ target }) => props.onChange(blank(field.options[Number(target.value)]!))}
      >
        {field.options.map((option, index) => (
          <option key={index} value={index}>
            {option.kind === 'choice'
              ? option.options.map((one) => JSON.stringify(one)).join(', ')
              : (option.description ?? kindOf(option, t))}
          </option>
        ))}
      </select>
      {field.options[chosen]!.kind !== 'choice' && <Input {...props} field={field.options[chosen]!} />}
    </div>
  );
}

function FileInput({ id }: { readonly id: string }): ReactNode {
  const { onFile, file } = use(FormContext);
  return (
    <span className={styles.file}>
      <input id={id} type="file" onChange={({ target }) => onFile(target.files?.[0])} />
      {file && <span className={styles.hint}>{`${file.name}, ${file.size} B`}</span>}
    </span>
  );
}

function JsonInput({ id, path, value, required, onChange }: Omit<InputProps, 'field'>): ReactNode {
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

function AddButton({ onClick }: { readonly onClick: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="button" className={styles.add} onClick={onClick}>
      <Plus size={12} aria-hidden="true" /> {t('ui.form.add')}
    </button>
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

/** The type of a field and its limits, in a few signs. */
function kindOf(field: Field, t: (key: string) => string): string {
  const name = field.kind === 'number' && field.integer ? 'integer' : field.kind;
  const limits = 'min' in field || 'max' in field ? ` ${range(field)}` : '';
  const shape = field.kind === 'text' && field.pattern !== undefined ? ` ${field.pattern}` : '';
  return `${t(`ui.form.kind.${name}`)}${limits}${shape}`;
}

function range({ min, max }: { min?: number; max?: number }): string {
  if (min === undefined) return `≤ ${max}`;
  return max === undefined ? `≥ ${min}` : `${min}–${max}`;
}
