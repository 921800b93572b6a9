/** Head of a nudge on its way to one gateway: its body is the event as JSON, for those connections of the users that do not hear the group. */
export interface NudgeHead {
  readonly kind: 'nudge';
  readonly convId: string;
  readonly userIds: readonly string[];
}

/** The topic of what is told to one gateway alone. */
export const gatewayTopic = (gatewayId: string): string => `gateway:${gatewayId}`;

/** Whether a head that claims to be of a nudge is one: another program may publish on the same Redis. */
export function isNudgeHead({ convId, userIds }: { readonly [K in keyof NudgeHead]?: unknown }): boolean {
  return typeof convId === 'string' && Array.isArray(userIds) && userIds.every((userId) => typeof userId === 'string');
}
