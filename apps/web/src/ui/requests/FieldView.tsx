import { Plus, X } from 'lucide-react';
import { type ReactNode, use, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Prose } from '../widgets/Prose';
import { type Field, type NamedField, blank, optionOf, under } from './fields';
import styles from './FieldView.module.css';
import { type FieldProps, FormContext, type InputProps } from './form-context';
import { ChoiceInput, FileInput, JsonInput, NumberInput, TextInput } from './inputs';
import { kindOf } from './kind-of';

/** One field of a form, whatever its schema says. */
export function FieldView(props: FieldProps): ReactNode {
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

function AddButton({ onClick }: { readonly onClick: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="button" className={styles.add} onClick={onClick}>
      <Plus size={12} aria-hidden="true" /> {t('ui.form.add')}
    </button>
  );
}
