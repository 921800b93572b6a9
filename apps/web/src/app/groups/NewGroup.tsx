import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { Page } from '../../kit/Page';
import { Choice, Section } from '../../kit/Section';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { placeOf } from '../shell/places';
import styles from './NewGroup.module.css';
import { PickPeople } from './PickPeople';
import type { Group } from './rights';

/** Makes a group. */
export function NewGroup(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { busy, act } = useAct();
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [joinPolicy, setJoinPolicy] = useState<Group['joinPolicy']>('invite');
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [nameMissing, setNameMissing] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (name.trim() === '') return setNameMissing(true);
    await act(async () => {
      const { convId } = await chat.client.request('createGroup', {
        body: { name: name.trim(), memberIds: [...picked], joinPolicy },
      });
      await chat.learn(convId);
      navigate(placeOf(convId));
    });
  }

  return (
    <Page title={t('groups.new')} back="/people">
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={t('groups.name')}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setNameMissing(false);
          }}
          maxLength={100}
          autoComplete="off"
          required
          problem={nameMissing ? t('groups.nameMissing') : undefined}
        />
        <Section hint={t(`groups.policyHint.${joinPolicy}`)}>
          <Choice
            label={t('groups.joinPolicy')}
            value={joinPolicy}
            options={(['invite', 'approval', 'open'] as const).map((policy) => [policy, t(`groups.policy.${policy}`)])}
            onChange={(event) => setJoinPolicy(event.currentTarget.value as Group['joinPolicy'])}
          />
        </Section>
        <div className={styles.part}>
          <h2>{t('groups.members')}</h2>
          <PickPeople picked={picked} onChange={setPicked} />
        </div>
        <Button look="primary" type="submit" disabled={busy}>
          {t('groups.create')}
        </Button>
      </form>
    </Page>
  );
}
