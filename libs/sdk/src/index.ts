export type { ActionName, ActionOutput, ActionRequest, EventData, EventName } from '@app/protocol';
