import { Inject, Injectable } from '@nestjs/common';
import { type Log, Metrics, Recurring, newId } from '@app/kit';
import {
  type ActionName,
  type ActionOutput,
  ImError,
  type Issue,
  actions,
  conversationOf,
  encodeAck,
  encodeError,
  errors,
  isActionName,
  parseFrame,
} from '@app/protocol';
import type { z } from 'zod';
import type { Answer, Handler, Handlers, SocketCaller } from '../caller';
import { LOG } from '../infra/infra.module';
import { SendLimit } from '../messages/send-limit';
import { HANDLERS } from './handlers';

/** What one frame asks for. */
export type Task =
  /** Nothing can be done: this is the reply. */
  | { readonly kind: 'refused'; readonly reply: Reply }
  /** An action; `begin` starts it and never throws. */
  | { readonly kind: 'action'; readonly action: ActionName; readonly begin: () => Outcome | Promise<Outcome> };

/** The text of a reply, and what follows it. */
export interface Reply {
  readonly text: string;
  readonly after?: () => void;
  /** The conversation in which sends of this connection fail from now on. */
  readonly brokeIn?: string;
}

/** A reply, or one that comes later while further frames are taken up. */
export type Outcome = { readonly reply: Reply } | { readonly later: Promise<Reply> };

/** An action that was asked for. */
interface Call {
  readonly action: ActionName;
  readonly ref: string | undefined;
  readonly data: unknown;
  readonly caller: SocketCaller;
  readonly startedAt: number;
}

/** Turns one frame into exactly one reply: action, bucket, schema, handler. */
@Injectable()
export class Dispatcher {
  private readonly unavailable: Recurring<{ readonly action: string; readonly err: unknown }>;

  constructor(
    @Inject(HANDLERS) private readonly handlers: Handlers,
    private readonly sendLimit: SendLimit,
    private readonly metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.unavailable = new Recurring((latest, times) => log.warn({ ...latest, code: 'UNAVAILABLE', times }, 'frames were refused'));
  }

  /** Reads a frame. `undefined` stands for a binary one. */
  read(text: string | undefined, caller: SocketCaller): Task {
    const startedAt = performance.now();
    const frame =
      text === undefined ? { ok: false as const, ref: undefined, problem: 'binary frames are not spoken here' } : parseFrame(text);
    const action = frame.ok && isActionName(frame.action) ? frame.action : undefined;
    this.metrics.frames.inc({ action: action ?? 'unknown' });
    if (!frame.ok) return { kind: 'refused', reply: this.refused('unknown', frame.ref, new ImError('BAD_FRAME', frame.problem)) };
    const { ref, data } = frame;
    if (!action) return { kind: 'refused', reply: this.refused('unknown', ref, new ImError('UNKNOWN_ACTION')) };
    return { kind: 'action', action, begin: () => this.begin({ action, ref, data, caller, startedAt }) };
  }

  /** The reply to a frame that a bucket of the connection refuses. */
  limited(text: string | undefined, retryAfterMs: number): Reply {
    const frame = text === undefined ? undefined : parseFrame(text);
    this.metrics.frames.inc({ action: 'unknown' });
    this.metrics.rateLimited.inc({ limit: 'frames' });
    return this.refused('unknown', frame?.ref, new ImError('RATE_LIMIT', 'too many frames', { retryAfterMs }));
  }

  private begin(call: Call): Outcome | Promise<Outcome> {
    try {
      const limited = actions[call.action].limit === 'send' ? this.sendLimit.take(call.caller) : undefined;
      const answer = limited ? limited.then(() => this.handle(call)) : this.handle(call);
      if (!(answer instanceof Promise)) return this.outcome(call, answer);
      return answer.then(
        (done) => this.outcome(call, done),
        (error: unknown) => ({ reply: this.failed(call, error) }),
      );
    } catch (error) {
      return { reply: this.failed(call, error) };
    }
  }

  private handle({ action, data, caller }: Call): ReturnType<Handler<ActionName>> {
    const input = actions[action].input.safeParse(data);
    if (!input.success) throw new ImError('BAD_REQUEST', 'the request is not valid', { issues: issuesOf(input.error) });
    // The table pairs each action's schema with its handler; the compiler cannot follow the pair through a variable name.
    const handler = this.handlers[action] as (caller: SocketCaller, input: unknown) => ReturnType<Handler<ActionName>>;
    return handler(caller, input.data);
  }

  private outcome(call: Call, answer: Answer<ActionOutput<ActionName>>): Outcome {
    const { ref, startedAt } = call;
    if (answer.kind === 'ack') return { reply: { text: encodeAck(ref, answer.data), ...(answer.after ? { after: answer.after } : {}) } };
    return {
      later: answer.data.then(
        (data) => {
          this.metrics.sendSeconds.observe((performance.now() - startedAt) / 1000);
          return { text: encodeAck(ref, data) };
        },
        (error: unknown) => this.failed(call, error),
      ),
    };
  }

  private failed({ action, ref, data, caller }: Call, error: unknown): Reply {
    const reply = this.refused(action, ref, error);
    if (action !== 'send' || !(error instanceof ImError) || error.code !== 'UNAVAILABLE') return reply;
    const input = actions.send.input.safeParse(data);
    const name = input.success ? conversationOf(input.data, caller.userId) : undefined;
    return typeof name === 'object' ? { ...reply, brokeIn: name.convId } : reply;
  }

  private refused(action: ActionName | 'unknown', ref: string | undefined, error: unknown): Reply {
    const told = error instanceof ImError ? error : this.internal(action, error);
    const { code } = told;
    this.metrics.frameErrors.inc({ action, code });
    if (code === 'UNAVAILABLE') this.unavailable.happened({ action, err: told.cause });
    else if (code !== 'INTERNAL') this.log[errors[code].level]({ action, code, err: told.cause }, 'a frame was refused');
    return { text: encodeError(ref, told.toBody()) };
  }

  private internal(action: string, error: unknown): ImError {
    const errorId = newId();
    this.log.error({ action, errorId, err: error }, 'a frame failed');
    return new ImError('INTERNAL', undefined, { errorId });
  }
}

/** What a schema refused, field by field. */
function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.slice(0, 20).map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}
