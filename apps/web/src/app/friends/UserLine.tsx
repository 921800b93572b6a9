import type { ReactNode } from 'react';
import { Avatar } from '../../kit/Avatar';
import { Line } from '../../kit/Line';
import { useChatState } from '../chat-context';
import { useName, useUser } from '../users/names';
import { usePresenceText } from '../users/presence';

interface UserLineProps {
  readonly userId: string;
  /** Below the name; without it, whether they are there. */
  readonly sub?: ReactNode;
  readonly end?: ReactNode;
  readonly href?: string | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly current?: boolean | undefined;
  readonly pressed?: boolean | undefined;
}

/** A line with somebody in it: picture, name, and whether they are there. */
export function UserLine({ userId, sub, ...rest }: UserLineProps): ReactNode {
  const name = useName(userId);
  const user = useUser(userId);
  const presence = useChatState((state) => state.presence[userId]);
  const says = usePresenceText(presence);
  return (
    <Line
      {...rest}
      start={<Avatar id={userId} name={name} url={user?.avatarUrl} online={presence?.online} />}
      title={name}
      sub={sub ?? says ?? (user?.username ? `@${user.username}` : undefined)}
    />
  );
}
