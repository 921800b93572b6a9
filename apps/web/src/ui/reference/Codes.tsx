import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { closeCodes } from '../connections/close-codes';
import type { Protocol } from '../requests/documents';
import styles from './Reference.module.css';

interface CodesProps {
  readonly which: 'errors' | 'close';
  readonly protocol: Protocol;
}

/** The catalogue of errors, or of close codes. */
export function Codes({ which, protocol }: CodesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t(`ui.reference.${which}`)}</h1>
      <p>{t(`ui.reference.${which}Lead`)}</p>
      <div className={styles.wide}>
        <table className={styles.table}>{which === 'errors' ? <Errors protocol={protocol} /> : <CloseCodes />}</table>
      </div>
    </>
  );
}

function Errors({ protocol }: Pick<CodesProps, 'protocol'>): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <thead>
        <tr>
          <th scope="col">{t('ui.reference.code')}</th>
          <th scope="col">HTTP</th>
          <th scope="col">{t('ui.reference.text')}</th>
        </tr>
      </thead>
      <tbody>
        {protocol.errors.map(({ code, status, message }) => (
          <tr key={code} id={code}>
            <th scope="row">
              <code>{code}</code>
            </th>
            <td>{status ?? '—'}</td>
            <td>{message ?? t('ui.reference.framesOnly')}</td>
          </tr>
        ))}
      </tbody>
    </>
  );
}

function CloseCodes(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <thead>
        <tr>
          <th scope="col">{t('ui.reference.code')}</th>
          <th scope="col">{t('ui.reference.name')}</th>
          <th scope="col">{t('ui.reference.text')}</th>
          <th scope="col">{t('ui.reference.comeBack')}</th>
        </tr>
      </thead>
      <tbody>
        {closeCodes.map(({ code, name, comeBack }) => (
          <tr key={code}>
            <th scope="row">
              <code>{code}</code>
            </th>
            <td>
              <code>{name}</code>
            </td>
            <td>{t(`ui.close.${name}`)}</td>
            <td>{t(comeBack ? 'ui.yes' : 'ui.no')}</td>
          </tr>
        ))}
      </tbody>
    </>
  );
}
