import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** milliseconds until there is a connection, TLS and a proxy's tunnel included */
export const connectTimeoutMs = 10_000;

/** TCP and TLS both: a socket whose handshake is under way takes what is written, and sends none of it. */
export function isConnected(socket: Socket): boolean {
  return !socket.connecting && !('secureConnecting' in socket && socket.secureConnecting === true);
}

/**
 * Never resolves. A request that has no socket yet tells neither of its own destruction nor of its signal's abort: this
 * rejects instead, where the signal aborts, or where there is no connection within the time.
 */
export function unconnected(request: ClientRequest, signal: AbortSignal, connectMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const forget = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
    const giveUp = (reason: unknown) => {
      forget();
      request.destroy();
      reject(reason);
    };
    const aborted = () => giveUp(signal.reason);
    const timer = setTimeout(() => giveUp(tooLate(connectMs)), connectMs);
    const settled = () => clearTimeout(timer);
    signal.addEventListener('abort', aborted, { once: true });
    request.once('socket', (socket) => {
      if (isConnected(socket)) settled();
      else socket.once('secureConnecting' in socket ? 'secureConnect' : 'connect', settled);
    });
    request.once('close', forget);
  });
}

/** Work that others may wait for too: where the signal aborts, only the waiting ends, with the signal's reason. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export function tooLate(ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms / 1000} s`), { code: 'ETIMEDOUT' });
}
