import type { Socket } from 'node:net';

/**
 * Switches Nagle's algorithm off. Through a proxy the agent's TLS socket believes that it is off already (it was told
 * so while it had no handle), and would skip the call: then small writes wait for a round trip.
 */
export function sendAtOnce(socket: Socket): void {
  socket.setNoDelay(false);
  socket.setNoDelay(true);
}
