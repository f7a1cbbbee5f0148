import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesFrom } from '../fake/layers.ts';
import { type Relay, startRelay } from './relay.ts';

const delayMs = 40;

describe('the relay', () => {
  const relays: Relay[] = [];
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    for (const server of servers.splice(0)) server.close();
  });

  async function connectTo(serve: (socket: Socket) => void): Promise<Socket> {
    const server = createServer({ allowHalfOpen: true }, serve);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const relay = await startRelay(address.port, delayMs);
    relays.push(relay);
    return connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true });
  }

  it('costs an answer the delay of both ways', async () => {
    const socket = await connectTo((far) => far.pipe(far));
    await once(socket, 'connect');
    const asked = performance.now();
    socket.write('ping');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('ping');
    expect(performance.now() - asked).toBeGreaterThanOrEqual(2 * delayMs - 2);
    socket.destroy();
  });

  it('hands on many chunks in order, all within one delay and not one delay each', async () => {
    const sent = bytesFrom('relay', 8 * 1024 * 1024);
    const socket = await connectTo((far) => far.end(sent));
    const asked = performance.now();
    const received: Buffer[] = [];
    for await (const chunk of socket) received.push(chunk);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    expect(received.length).toBeGreaterThan(50);
    expect(performance.now() - asked).toBeLessThan(received.length * delayMs);
    socket.destroy();
  });

  it('hands on the end of one direction, and the other goes on', async () => {
    const socket = await connectTo((far) => {
      text(far).then((all) => far.end(`got ${all}`));
    });
    socket.end('everything');
    expect(await text(socket)).toBe('got everything');
  });
});
