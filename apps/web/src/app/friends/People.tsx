import type { ReactNode } from 'react';
import { UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch } from 'wouter';
import { Empty } from '../../kit/Empty';
import { JoinGroup } from '../groups/JoinGroup';
import { NewGroup } from '../groups/NewGroup';
import { decoded } from '../shell/places';
import { Blocked } from './Blocked';
import { PersonPage } from './Person';
import { Requests } from './Requests';

/** What is open beside the list of people. */
export default function People(): ReactNode {
  const { t } = useTranslation();
  return (
    <Switch>
      <Route path="/people/u/:userId">{({ userId }) => <PersonPage key={userId} userId={decoded(userId)} />}</Route>
      <Route path="/people/requests">
        <Requests />
      </Route>
      <Route path="/people/blocked">
        <Blocked />
      </Route>
      <Route path="/people/new-group">
        <NewGroup />
      </Route>
      <Route path="/people/join">
        <JoinGroup />
      </Route>
      <Route path="/people">
        <Empty Icon={UsersRound} title={t('shell.people')}>
          {t('people.choose')}
        </Empty>
      </Route>
      <Route>
        <Redirect to="/people" />
      </Route>
    </Switch>
  );
}
