import { Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { Button } from '../../kit/Button';
import { codeOfEvent } from '../requests/code';
import type { Operation, Protocol, Route, Schema } from '../requests/documents';
import { Method } from '../requests/OperationList';
import { choose } from '../requests/requests';
import { waysOfOperation } from '../requests/ways';
import { CopyButton } from '../widgets/CopyButton';
import { CopyMenu } from '../widgets/CopyMenu';
import { Prose } from '../widgets/Prose';
import { JsonView } from '../widgets/JsonView';
import { type Entry, placeOf } from './entries';
import { exampleOf } from './examples';
import styles from './Reference.module.css';
import { SchemaTables } from './SchemaTables';

interface EntryPageProps {
  readonly entry: Exclude<Entry, { kind: 'codes' }>;
  readonly protocol: Protocol;
}

/** All that is to be known about an action, an event, a route, or an object that they share. */
export function EntryPage({ entry, protocol }: EntryPageProps): ReactNode {
  switch (entry.kind) {
    case 'action':
      return <OperationPage operation={entry.of} protocol={protocol} />;
    case 'route':
      return <OperationPage operation={entry.of} protocol={protocol} />;
    case 'event':
      return (
        <>
          <h1>
            <code>{entry.name}</code>
          </h1>
          <p className={styles.lead}>
            <Prose text={entry.of.summary} />
          </p>
          <div className={styles.copy}>
            <CopyButton text={() => codeOfEvent(entry.name, { origin: location.origin })} label="SDK (TypeScript)" />
          </div>
          <Part title="data" schema={entry.of.data} protocol={protocol} frame={{ action: entry.name }} />
        </>
      );
    case 'object':
      return (
        <>
          <h1>
            <code>{entry.name}</code>
          </h1>
          <UsedBy name={entry.name} protocol={protocol} />
          <Part title="" schema={entry.of} protocol={protocol} />
        </>
      );
  }
}

function OperationPage({ operation, protocol }: { readonly operation: Operation; readonly protocol: Protocol }): ReactNode {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const example = operation.kind === 'action' ? exampleOf(operation.input, protocol) : inputOf(operation, protocol);
  const tryIt = () => {
    choose(operation.key);
    navigate('/');
  };
  return (
    <>
      <h1>
        <Method operation={operation} /> <code>{operation.kind === 'route' ? operation.path : operation.name}</code>
      </h1>
      <p className={styles.lead}>
        <Prose text={operation.summary} />
      </p>
      {operation.description !== '' && (
        <p>
          <Prose text={operation.description} />
        </p>
      )}
      {operation.kind === 'route' && (
        <p className={styles.muted}>{`${t(`ui.reference.auth.${operation.auth}`)} SDK: request('${operation.name}', …)`}</p>
      )}
      <div className={styles.copy}>
        <Button look="primary" className={styles.try} onClick={tryIt}>
          <Play size={13} aria-hidden="true" /> {t('ui.reference.tryIt')}
        </Button>
        <CopyMenu ways={waysOfOperation(operation, example, { origin: location.origin })} />
      </div>
      {operation.kind === 'action' ? (
        <>
          <Part title="data" schema={operation.input} protocol={protocol} frame={{ action: operation.name, ref: '1' }} />
          <Part title={t('ui.reference.ack')} schema={operation.output} protocol={protocol} frame={{ action: 'ack', ref: '1' }} />
        </>
      ) : (
        <RouteParts route={operation} protocol={protocol} />
      )}
      <h2>{t('ui.reference.errors')}</h2>
      <p className={styles.codes}>
        {operation.errors.map((code) => (
          <Link key={code} href={placeOf({ kind: 'codes', name: 'errors' })} className={styles.code1}>
            {code}
          </Link>
        ))}
      </p>
    </>
  );
}

function RouteParts({ route, protocol }: { readonly route: Route; readonly protocol: Protocol }): ReactNode {
  const { t } = useTranslation();
  const place = (where: 'path' | 'query'): Schema => {
    const those = route.parameters.filter((parameter) => parameter.in === where);
    return {
      type: 'object',
      properties: Object.fromEntries(
        those.map(({ name, schema, description }) => [name, { ...schema, ...(description ? { description } : {}) }]),
      ),
      required: those.filter(({ required }) => required).map(({ name }) => name),
    };
  };
  return (
    <>
      {route.parameters.some((parameter) => parameter.in === 'path') && (
        <Part title={t('ui.form.params')} schema={place('path')} protocol={protocol} bare />
      )}
      {route.parameters.some((parameter) => parameter.in === 'query') && (
        <Part title={t('ui.form.query')} schema={place('query')} protocol={protocol} bare />
      )}
      {route.body && <Part title={t('ui.form.body')} schema={route.body} protocol={protocol} bare={route.takes !== 'json'} />}
      {route.takes === 'bytes' && <p>{t('ui.reference.takesBytes')}</p>}
      {route.output ? (
        <Part title={t('ui.reference.answer', { status: route.status })} schema={route.output} protocol={protocol} />
      ) : (
        <>
          <h2>{t('ui.reference.answer', { status: route.status })}</h2>
          <p>{t('ui.reference.givesBytes')}</p>
        </>
      )}
    </>
  );
}

interface PartProps {
  readonly title: string;
  readonly schema: Schema;
  readonly protocol: Protocol;
  /** What stands around the example. */
  readonly frame?: object;
  /** Without an example. */
  readonly bare?: boolean;
}

function Part({ title, schema, protocol, frame, bare = false }: PartProps): ReactNode {
  const { t } = useTranslation();
  const example = exampleOf(schema, protocol);
  return (
    <section>
      {title !== '' && <h2>{title}</h2>}
      <SchemaTables schema={schema} protocol={protocol} />
      {!bare && (
        <details className={styles.example} open>
          <summary>{t('ui.reference.example')}</summary>
          <JsonView value={frame ? { ...frame, data: example } : example} />
        </details>
      )}
    </section>
  );
}

/** Where an object is to be met. */
function UsedBy({ name, protocol }: { readonly name: string; readonly protocol: Protocol }): ReactNode {
  const { t } = useTranslation();
  const reference = `#/components/schemas/${name}"`;
  const uses = [...protocol.actions, ...protocol.events, ...protocol.routes].filter((one) => JSON.stringify(one).includes(reference));
  if (uses.length === 0) return null;
  return (
    <p className={styles.codes}>
      <span className={styles.muted}>{t('ui.reference.usedBy')}</span>
      {uses.map((one) => (
        <Link key={one.key} href={placeOf(one)} className={styles.code1}>
          {one.name}
        </Link>
      ))}
    </p>
  );
}

function inputOf(route: Route, protocol: Protocol): object {
  const place = (where: 'path' | 'query') =>
    Object.fromEntries(
      route.parameters
        .filter((parameter) => parameter.in === where && parameter.required)
        .map(({ name, schema }) => [name, exampleOf(schema, protocol, name)]),
    );
  return { params: place('path'), query: place('query'), ...(route.body ? { body: exampleOf(route.body, protocol) } : {}) };
}
