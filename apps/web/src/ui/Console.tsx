import { CSPProvider } from '@base-ui/react/csp-provider';
import { type ReactNode, Suspense, lazy, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Router, Switch } from 'wouter';
import { Bench } from './Bench';
import styles from './Console.module.css';
import { Header } from './Header';
import { startScraping } from './metrics/scrapes';
import { Boundary } from './widgets/Boundary';

const Metrics = lazy(() => import('./metrics/Metrics').then((page) => ({ default: page.Metrics })));
const Reference = lazy(() => import('./reference/Reference').then((page) => ({ default: page.Reference })));

/** The developer's console: connections with all that goes over them, every request there is, the metrics, and the reference. */
export function Console(): ReactNode {
  const { t } = useTranslation();
  // From the beginning, so that the charts show what was done before they were looked at.
  useEffect(startScraping, []);
  return (
    <CSPProvider disableStyleElements>
      <Router base="/ui">
        <div className={styles.page}>
          <Header />
          <main className={styles.main}>
            <Boundary>
              <Suspense fallback={<p className={styles.wait}>{t('ui.loading')}</p>}>
                <Switch>
                  <Route path="/" component={Bench} />
                  <Route path="/metrics" component={Metrics} />
                  <Route path="/reference/*?" component={Reference} />
                  <Route>
                    <Redirect to="/" />
                  </Route>
                </Switch>
              </Suspense>
            </Boundary>
          </main>
        </div>
      </Router>
    </CSPProvider>
  );
}
