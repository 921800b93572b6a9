import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { type Protocol, type Schema, refName } from '../requests/documents';
import { Prose } from '../widgets/Prose';
import { placeOf } from './entries';
import styles from './Reference.module.css';
import { type FieldRow, tablesOf } from './types';

interface SchemaTablesProps {
  readonly schema: Schema;
  readonly protocol: Protocol;
}

/** The fields of a schema in tables. */
export function SchemaTables({ schema, protocol }: SchemaTablesProps): ReactNode {
  const { t } = useTranslation();
  const name = refName(schema);
  const tables = tablesOf(schema, protocol);
  return (
    <>
      {name !== undefined && (
        <p>
          <Link href={placeOf({ kind: 'object', name })}>{name}</Link>
        </p>
      )}
      {tables.length === 0 && <p className={styles.muted}>{t('ui.reference.empty')}</p>}
      {tables.map(({ variant, rows }) => (
        <div key={variant} className={styles.wide}>
          {variant !== '' && <h3 className={styles.variant}>{variant}</h3>}
          <table className={`${styles.table} ${styles.fields}`}>
            <thead>
              <tr>
                <th scope="col">{t('ui.reference.field')}</th>
                <th scope="col">{t('ui.reference.type')}</th>
                <th scope="col">{t('ui.reference.text')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.path} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </>
  );
}

function Row({ row }: { readonly row: FieldRow }): ReactNode {
  const { t } = useTranslation();
  const { name, depth, type, refers, required, description } = row;
  return (
    <tr>
      <th scope="row" style={{ paddingLeft: `${10 + depth * 18}px` }}>
        <code>{name}</code>
        {required && (
          <span className={styles.required} title={t('ui.form.required')}>
            *
          </span>
        )}
      </th>
      <td className={styles.type}>{refers === undefined ? type : <Link href={placeOf({ kind: 'object', name: refers })}>{type}</Link>}</td>
      <td>
        <Prose text={description} />
      </td>
    </tr>
  );
}
