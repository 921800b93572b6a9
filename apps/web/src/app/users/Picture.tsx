import { type ReactNode, useRef } from 'react';
import { Camera, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../kit/Button';
import buttons from '../../kit/Button.module.css';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { squared } from './squared';

interface PictureProps {
  readonly hasOne: boolean;
  /** Makes a file that was uploaded the picture, or takes the picture away. May throw a `ParleyError`. */
  readonly onChange: (fileId: string | null) => Promise<unknown>;
}

/** Chooses and uploads a picture of somebody or of a group, or takes it away. */
export function Picture({ hasOne, onChange }: PictureProps): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { busy, act } = useAct();
  const input = useRef<HTMLInputElement>(null);

  async function choose(file: File): Promise<void> {
    const { fileId } = await chat.client.upload(await squared(file), { name: 'picture' });
    await onChange(fileId);
  }

  return (
    <div className={buttons.row}>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp,image/gif,image/avif"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) void act(() => choose(file));
        }}
      />
      <Button className={buttons.withIcon} disabled={busy} onClick={() => input.current?.click()}>
        <Camera size={17} aria-hidden="true" />
        {t(busy ? 'users.uploading' : hasOne ? 'users.changePicture' : 'users.addPicture')}
      </Button>
      {hasOne && (
        <IconButton label={t('users.removePicture')} disabled={busy} onClick={() => void act(() => onChange(null))}>
          <Trash2 size={18} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
