import type { ReactNode } from 'react';
import { Settings as SettingsIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch } from 'wouter';
import { Empty } from '../../kit/Empty';
import { About } from './About';
import { Keys } from './Keys';
import { Look } from './Look';
import { Notifications } from './Notifications';
import { Profile } from './Profile';
import { Sessions } from './Sessions';

/** What is open beside the list of settings. */
export default function Settings(): ReactNode {
  const { t } = useTranslation();
  return (
    <Switch>
      <Route path="/settings/profile">
        <Profile />
      </Route>
      <Route path="/settings/look">
        <Look />
      </Route>
      <Route path="/settings/notifications">
        <Notifications />
      </Route>
      <Route path="/settings/sessions">
        <Sessions />
      </Route>
      <Route path="/settings/keys">
        <Keys />
      </Route>
      <Route path="/settings/about">
        <About />
      </Route>
      <Route path="/settings">
        <Empty Icon={SettingsIcon} title={t('shell.settings')}>
          {t('settings.choose')}
        </Empty>
      </Route>
      <Route>
        <Redirect to="/settings" />
      </Route>
    </Switch>
  );
}
