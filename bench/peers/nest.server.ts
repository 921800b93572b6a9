import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { AddressInfo } from 'node:net';
import type { Server, WebSocket } from 'ws';
import { answer } from '../rpc';

@WebSocketGateway()
class RoomGateway {
  @WebSocketServer() private readonly server: Server;

  @SubscribeMessage('publish')
  publish(@ConnectedSocket() publisher: WebSocket, @MessageBody() message: unknown): void {
    const text = JSON.stringify({ event: 'message', data: message });
    for (const client of this.server.clients) if (client !== publisher && client.readyState === client.OPEN) client.send(text);
  }
}

@Module({ providers: [RoomGateway] })
class RoomModule {}

answer({
  listen: async () => {
    const app = await NestFactory.create(RoomModule, new FastifyAdapter(), { logger: ['error'] });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    return (app.getHttpServer() as { address(): AddressInfo }).address().port;
  },
});
