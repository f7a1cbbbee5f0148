import { connect, createServer, type Socket } from 'node:net';

/** bytes that may be under way in one direction before the sender has to wait */
const mostUnderWay = 16 * 1024 * 1024;

/** A TCP server on loopback that hands every connection on to another port, as if it were far away. */
export interface Relay {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Each chunk leaves `delayMs` after it came, in order; chunks do not wait for one another, so that the distance costs
 * time and no bandwidth. Opening a connection costs nothing here: the TCP handshake is with this relay.
 * @param delayMs one way
 */
export async function startRelay(target: number, delayMs: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay();
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    keep(near);
    keep(far);
    delay(near, far, delayMs);
    delay(far, near, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay listens on no port');
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: address.port, stop };
}

interface UnderWay {
  readonly due: number;
  /** undefined for the end of the stream */
  readonly chunk: Buffer | undefined;
}

/** One direction of one connection. */
function delay(from: Socket, to: Socket, delayMs: number): void {
  const queue: UnderWay[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const deliver = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let next = queue[0]; next !== undefined && next.due <= now; next = queue[0]) {
      queue.shift();
      if (next.chunk === undefined) to.end();
      else to.write(next.chunk);
      bytes -= next.chunk?.length ?? 0;
    }
    if (bytes < mostUnderWay && !to.writableNeedDrain) from.resume();
    schedule();
  };
  const schedule = (): void => {
    const [next] = queue;
    if (next !== undefined) timer ??= setTimeout(deliver, Math.max(0, next.due - performance.now()));
  };
  const enqueue = (chunk: Buffer | undefined): void => {
    queue.push({ due: performance.now() + delayMs, chunk });
    bytes += chunk?.length ?? 0;
    if (bytes >= mostUnderWay || to.writableNeedDrain) from.pause();
    schedule();
  };

  from.on('data', enqueue);
  from.on('end', () => enqueue(undefined));
  to.on('drain', () => from.resume());
  from.on('close', () => {
    if (!from.readableEnded) to.destroy();
  });
  to.on('close', () => {
    clearTimeout(timer);
    if (!from.readableEnded) from.destroy();
  });
}
