import type { ReactNode } from 'react';
import { Bookmark } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch } from 'wouter';
import { Empty } from '../../kit/Empty';
import { decoded } from '../shell/places';
import { SavedItem } from './SavedItem';

/** What is open beside the list of what was saved. */
export default function Saved(): ReactNode {
  const { t } = useTranslation();
  return (
    <Switch>
      <Route path="/saved/:id">{({ id }) => <SavedItem key={id} id={decoded(id)} />}</Route>
      <Route path="/saved">
        <Empty Icon={Bookmark} title={t('shell.saved')}>
          {t('saved.choose')}
        </Empty>
      </Route>
      <Route>
        <Redirect to="/saved" />
      </Route>
    </Switch>
  );
}
