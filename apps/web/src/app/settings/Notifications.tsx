import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../kit/Page';
import { Section } from '../../kit/Section';
import { Switch } from '../../kit/Switch';
import { notifications, switchNotifications } from '../conversations/notify';

/** Whether the system tells of new messages while the page is not looked at. */
export function Notifications(): ReactNode {
  const { t } = useTranslation();
  const [state, setState] = useState(notifications);
  return (
    <Page title={t('settings.notifications')} back="/settings">
      <Section hint={t(`settings.notify.${state}`)}>
        <Switch
          label={t('settings.notificationsOn')}
          checked={state === 'on'}
          disabled={state === 'unsupported' || state === 'denied'}
          onChange={(next) => void switchNotifications(next).then(setState)}
        />
      </Section>
    </Page>
  );
}
