import { Send } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Issue } from '@app/sdk';
import { useStore } from 'zustand';
import { Button } from '../../kit/Button';
import type { ConsoleClient } from '../connections/client';
import { chooseClient, useDesk } from '../desk';
import { mask, masked } from '../secrets';
import { CopyMenu } from '../widgets/CopyMenu';
import { Prose } from '../widgets/Prose';
import { AnswerView } from './AnswerView';
import { beginningOf } from './beginnings';
import type { Operation, Protocol } from './documents';
import { type Field, problemsOf } from './fields';
import { FieldView, ObjectFields } from './FieldView';
import { FormContext } from './form-context';
import { Method } from './OperationList';
import styles from './RequestForm.module.css';
import { fill, formOf, send, takeFile, useRequests } from './requests';
import { meaningOf, suggestionsFor } from './suggestions';
import { waysOfOperation } from './ways';

interface RequestFormProps {
  readonly operation: Operation;
  readonly protocol: Protocol;
}

/** The form of an operation, the JSON that it makes, and what the server answered. */
export function RequestForm({ operation, protocol }: RequestFormProps): ReactNode {
  const { t } = useTranslation();
  const { key } = operation;
  const clients = useDesk((desk) => desk.clients);
  const client = useDesk((desk) => desk.clients.find(({ id }) => id === desk.currentId)!);
  const showsSecrets = useDesk((desk) => desk.showsSecrets);
  const field = useMemo(() => formOf(operation, protocol), [operation, protocol]);
  const { text, value, isBroken } = useDraft(operation, field, client);
  const answer = useRequests((requests) => requests.answers[key]);
  const isBusy = useRequests((requests) => requests.busy.has(key));
  const file = useRequests((requests) => requests.file);
  const problems = useProblems(operation, field, value, answer?.value);
  const change = (next: unknown) => fill(key, JSON.stringify(next, null, 2));
  const submit = () => {
    if (!isBroken) void send(client, operation, value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  const shownText = showsSecrets ? text : hiddenText(text);
  const path = operation.kind === 'route' ? operation.path : '';
  const context = {
    problems,
    suggest: (name: string) =>
      suggestionsFor(meaningOf(name, path), client.log.snapshot(), name === 'to' ? client.store.getState().session?.userId : undefined),
    file,
    onFile: takeFile,
  };
  const code = { origin: location.origin, token: showsSecrets ? client.token : undefined };
  return (
    <div className={styles.whole} onKeyDown={onKeyDown}>
      <div className={styles.scroll}>
        <header className={styles.head}>
          <h2 className={styles.title}>
            <Method operation={operation} /> {operation.kind === 'route' ? operation.path : operation.name}
          </h2>
          <p className={styles.summary}>
            <Prose text={operation.summary} />
          </p>
          {operation.description !== '' && (
            <p className={styles.description}>
              <Prose text={operation.description} />
            </p>
          )}
        </header>
        <div className={styles.both}>
          <div className={styles.form}>
            {isBroken ? (
              <p className={styles.broken} role="alert">
                {t('ui.form.noJson')}
              </p>
            ) : (
              <FormContext value={context}>
                <Parts field={field} value={value} onChange={change} />
              </FormContext>
            )}
          </div>
          <label className={styles.json}>
            <span className={styles.jsonTitle}>{operation.kind === 'route' ? t('ui.requests.asJson') : t('ui.requests.dataAsJson')}</span>
            <textarea
              className={styles.editor}
              spellCheck={false}
              rows={Math.min(24, Math.max(5, text.split('\n').length + 1))}
              value={shownText}
              readOnly={shownText !== text}
              aria-invalid={isBroken}
              onChange={({ target }) => fill(key, target.value)}
            />
            {shownText !== text && <span className={styles.nothing}>{t('ui.form.hidden')}</span>}
          </label>
        </div>
      </div>
      <div className={styles.send}>
        <label className={styles.by}>
          <span>{t('ui.requests.by')}</span>
          <select
            className={styles.client}
            value={client.id}
            onChange={({ target }) => chooseClient(clients.find(({ id }) => id === target.value) ?? client)}
          >
            {clients.map((one) => (
              <ClientOption key={one.id} client={one} />
            ))}
          </select>
        </label>
        <CopyMenu ways={waysOfOperation(operation, showsSecrets ? value : masked(value), code)} />
        <Button look="primary" className={styles.button} disabled={isBroken || isBusy} title={t('ui.requests.sendKeys')} onClick={submit}>
          <Send size={13} aria-hidden="true" /> {t('ui.requests.send')}
        </Button>
      </div>
      {answer && <AnswerView answer={answer} />}
    </div>
  );
}

function ClientOption({ client }: { readonly client: ConsoleClient }): ReactNode {
  const { t } = useTranslation();
  const { status, username, session } = useStore(client.store);
  return <option value={client.id}>{`${client.letter} · ${username ?? session?.userId ?? t(`ui.status.${status}`)}`}</option>;
}

/** The fields of an action, or the parts of a request with the fields of each. */
function Parts({
  field,
  value,
  onChange,
}: {
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}): ReactNode {
  const { t } = useTranslation();
  if (field.kind !== 'object' || field.fields.length === 0) {
    return field.kind === 'object' ? <p className={styles.nothing}>{t('ui.form.nothing')}</p> : null;
  }
  return field.fields.every(({ name }) => ['params', 'query', 'body'].includes(name)) ? (
    <>
      {field.fields.map(({ name, field: part }) => {
        const object = (value ?? {}) as Record<string, unknown>;
        const changePart = (next: unknown) => onChange({ ...object, [name]: next });
        return (
          <fieldset key={name} className={styles.part}>
            <legend>{t(`ui.form.${name}`)}</legend>
            {part.kind === 'object' ? (
              <ObjectFields fields={part.fields} path={name} value={object[name]} onChange={changePart} />
            ) : (
              <FieldView field={part} name={name} required path={name} value={object[name]} onChange={changePart} />
            )}
          </fieldset>
        );
      })}
    </>
  ) : (
    <ObjectFields fields={field.fields} path="" value={value} onChange={onChange} />
  );
}

/** What is filled in; while nothing is, what forms begin with, by the ids that were seen so far. */
function useDraft(operation: Operation, field: Field, client: ConsoleClient): { text: string; value: unknown; isBroken: boolean } {
  const draft = useRequests((requests) => requests.drafts[operation.key]);
  const userId = useStore(client.store, ({ session }) => session?.userId);
  const seen = useSyncExternalStore(client.log.subscribe, () => newestIds(client, userId));
  const beginning = useMemo(
    () => JSON.stringify(beginningOf(operation, field, { entries: client.log.snapshot(), userId }), null, 2),
    // The log is another one with every frame: only its newest ids count.
    [operation, field, client, userId, seen],
  );
  const text = draft ?? beginning;
  return useMemo(() => {
    try {
      return { text, value: JSON.parse(text) as unknown, isBroken: false };
    } catch {
      return { text, value: undefined, isBroken: true };
    }
  }, [text]);
}

const newestIds = ({ log }: ConsoleClient, userId: string | undefined): string =>
  ['groupId', 'userId', 'convId', 'fileId'].map((name) => suggestionsFor(name, log.snapshot(), userId)[0]).join();

/** What does not fit, in words: what the schema says about what is filled in, and what the server said about what was sent. */
function useProblems(operation: Operation, field: Field, value: unknown, answered: unknown): ReadonlyMap<string, readonly string[]> {
  const { t } = useTranslation();
  return useMemo(() => {
    const found = new Map<string, string[]>();
    const { issues } = (answered ?? {}) as { issues?: unknown };
    const add = (path: string, text: string) => found.set(path, [...new Set([...(found.get(path) ?? []), text])]);
    for (const { path, message } of Array.isArray(issues) ? (issues as Issue[]) : []) {
      add(placeOf(operation, field, path), t('ui.problem.server', { message }));
    }
    for (const { path, name, limit } of value === undefined ? [] : problemsOf(field, value)) {
      // The server has the last word; and nobody has to be told that what was not filled in yet is not filled in.
      const isNew = answered === undefined && ['', undefined].includes(at(value, path) as string);
      if (!found.has(path) && !isNew) add(path, t(`ui.problem.${name}`, { limit }));
    }
    return found;
  }, [operation, field, value, answered, t]);
}

/** What is under a dotted path. */
const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((within, name) => (within as Record<string, unknown> | undefined)?.[name], value);

/** The server names a field of a route within its part: the body, else the query, else the path. */
function placeOf(operation: Operation, field: Field, path: string): string {
  if (operation.kind === 'action' || field.kind !== 'object') return path;
  const [first] = path.split('.');
  const part = [...field.fields].reverse().find(({ field: one }) => one.kind === 'object' && one.fields.some(({ name }) => name === first));
  return part ? `${part.name}.${path}` : path;
}

function hiddenText(text: string): string {
  try {
    const value = JSON.stringify(masked(JSON.parse(text)), null, 2);
    return value.includes(mask) ? value : text;
  } catch {
    return text;
  }
}
