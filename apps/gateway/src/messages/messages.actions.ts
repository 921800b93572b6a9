import { Injectable } from '@nestjs/common';
import { type Answer, type Handlers, ack } from '../caller';
import { type Accepted, MessagesService } from './messages.service';

/** WebSocket actions on messages. */
@Injectable()
export class MessagesActions {
  constructor(private readonly messages: MessagesService) {}

  readonly handlers = {
    send: (caller, input) => {
      const accepted = this.messages.accept(caller, input);
      return accepted instanceof Promise ? accepted.then(later) : later(accepted);
    },
    history: async (caller, input) => ack(await this.messages.history(caller, input)),
    entries: async (caller, input) => ack(await this.messages.entries(caller, input)),
    edit: async (caller, input) => ack(await this.messages.edit(caller, input)),
    recall: async (caller, input) => ack(await this.messages.recall(caller, input)),
  } satisfies Partial<Handlers>;
}

const later = ({ stored }: Accepted): Answer<Awaited<Accepted['stored']>> => ({ kind: 'later', data: stored });
