import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Config } from '@app/config';
import { Background, type Clock, type Log, Metrics } from '@app/kit';
import { type EventData, encodeEvent } from '@app/protocol';
import { Database } from '@app/storage';
import { Hub } from '../hub/hub';
import { Turn } from '../hub/turn';
import { CONFIG } from '../infra/config';
import { CLOCK, LOG } from '../infra/infra.module';
import { Attendance } from '../presence/attendance';
import { frameLimitOf } from '../frame-limit';
import { Revocations } from '../sessions/revocations';
import { SessionsService } from '../sessions/sessions.service';
import type { Admitted } from './admission';
import { Connection } from './connection';
import { Connections } from './connections';
import { Devices } from './devices';
import { Dispatcher } from './dispatcher';
import type { FrameLimits } from './frame-loop';

/** Takes accepted sockets in: lets them hear, says `connected`, feeds their frames to their loop, and lets them go. */
@WebSocketGateway({ path: '/ws' })
export class SocketGateway implements OnGatewayConnection {
  private readonly frameLimits: FrameLimits;

  constructor(
    private readonly hub: Hub,
    private readonly turn: Turn,
    private readonly connections: Connections,
    private readonly devices: Devices,
    private readonly attendance: Attendance,
    private readonly dispatcher: Dispatcher,
    private readonly database: Database,
    private readonly sessions: SessionsService,
    revocations: Revocations,
    private readonly metrics: Metrics,
    private readonly background: Background,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.frameLimits = { ...frameLimitOf(config), inFlight: config.maxFramesInFlight };
    hub.listenDevices((userId, head) => this.devices.hear(userId, head));
    revocations.listen((userId, sessionId) => this.kick(userId, sessionId));
  }

  handleConnection(socket: WebSocket, raw: Duplex, { identity, deviceId }: Admitted): void {
    const connection = new Connection({
      socket,
      raw,
      identity,
      deviceId,
      turn: this.turn,
      dispatcher: this.dispatcher,
      frameLimits: this.frameLimits,
      maxOutboxBytes: this.config.maxOutboxBytes,
      onSlow: (slow) => this.closeSlow(slow),
    });
    const heard = () => (connection.lastHeard = performance.now());
    heard();
    connection.lastPinged = connection.lastHeard;
    this.connections.add(connection);
    this.attendance.enter(connection.caller);
    socket.on('message', (data: RawData, isBinary: boolean) => {
      heard();
      connection.frames.push(isBinary ? undefined : (data as Buffer).toString());
    });
    socket.on('ping', heard).on('pong', heard);
    // A peer that takes what was written to it is there.
    raw.on('drain', heard);
    // The close that follows says all that matters: a broken frame, a reset, a frame that is too large.
    socket.on('error', (error) => this.log.debug({ connection: connection.id, err: error }, 'a socket failed'));
    socket.on('close', () => {
      this.connections.delete(connection);
      this.hub.detach(identity.userId, connection.box);
      this.attendance.leave(connection.caller);
    });
    const welcomed = this.welcome(connection).finally(() => {
      connection.box.flush();
      raw.uncork();
    });
    this.background.run('welcome', welcomed);
  }

  private async welcome(connection: Connection): Promise<void> {
    const { userId, deviceId, sessionId } = connection.caller;
    try {
      await this.hub.attach(userId, connection.box);
    } catch (error) {
      connection.close('RESTART');
      throw error;
    }
    if (!connection.open) return this.hub.detach(userId, connection.box);
    // A word about its session may have come before it could hear.
    if (this.sessions.hasEnded(sessionId)) return connection.close('KICKED');
    const connected: EventData<'connected'> = {
      userId,
      deviceId: deviceId ?? '',
      sessionId,
      serverTime: this.clock.now(),
      heartbeatMs: this.config.heartbeatMs,
      maxFrameBytes: this.config.maxFrameBytes,
      sendQps: this.config.wsSendQPS,
      sendBurst: this.config.wsSendBurst,
      epoch: this.database.epoch,
    };
    connection.begin(encodeEvent('connected', connected));
    this.devices.announce(connection);
    connection.frames.start();
  }

  /** Ends the connections of a session that has ended. */
  private kick(userId: string, sessionId: string): void {
    for (const connection of this.connections.of(userId)) if (connection.caller.sessionId === sessionId) connection.close('KICKED');
  }

  private closeSlow(connection: Connection): void {
    this.metrics.slowConsumers.inc();
    this.log.info({ connection: connection.id }, 'a connection reads too slowly');
    connection.close('SLOW_CONSUMER');
  }
}
