import type { ClientRequest, IncomingMessage } from 'node:http';
import { connectTimeoutMs, isConnected } from './connecting.ts';

/** How long a connection is waited for. */
export interface Patience {
  /** milliseconds until there is a connection, TLS and a proxy's tunnel included */
  readonly connectMs: number;
  /** milliseconds over which the bytes are counted */
  readonly windowMs: number;
  /** bytes a window: what brings fewer is a trickle, and is given up */
  readonly leastBytes: number;
  /** milliseconds from the last byte of an upload to its answer: a registry may hash what it got before it answers */
  readonly commitMs: number;
  /** milliseconds that a small request may take, from its start to the end of its answer */
  readonly exchangeMs: number;
}

/** Nothing for 30 s, or less than 1 KiB/s: worse than asking again. */
export const usualPatience: Patience = {
  connectMs: connectTimeoutMs,
  windowMs: 30_000,
  leastBytes: 30 * 1024,
  commitMs: 120_000,
  exchangeMs: 120_000,
};

const looksAWindow = 5;

/**
 * Ends a request whose other side moves no bytes, or only a trickle: with an ETIMEDOUT error of the request, or of
 * the response where there is one. While we are the slow side nothing is held against it.
 */
export function watch(request: ClientRequest, patience: Patience): void {
  const { windowMs, leastBytes, commitMs } = patience;
  const lookMs = windowMs / looksAWindow;
  let response: IncomingMessage | undefined;
  let before = 0;
  let moved = 0;
  let waitedMs = 0;
  const anew = () => {
    before = bytesOf(request);
    moved = 0;
    waitedMs = 0;
  };
  const look = () => {
    // One that never had a socket does not tell of its close.
    if (request.destroyed && response === undefined) return clearInterval(timer);
    const phase = phaseOf(request, response);
    if (phase === 'ours') return anew();
    const now = bytesOf(request);
    moved += now - before;
    before = now;
    waitedMs += lookMs;
    const most = phase === 'commit' ? commitMs : windowMs;
    if (waitedMs < most) return;
    if (moved < leastBytes) (response ?? request).destroy(tooSlow(moved, most));
    anew();
  };
  const timer = setInterval(look, lookMs);
  request.once('socket', anew);
  request.once('finish', anew);
  request.once('response', (answer) => {
    response = answer;
    anew();
  });
  request.once('close', () => clearInterval(timer));
}

/** What went over its socket, in both directions. */
function bytesOf({ socket }: ClientRequest): number {
  return socket === null ? 0 : socket.bytesRead + socket.bytesWritten;
}

/** Whose turn it is: ours, the other side's, or the other side's that has everything and may think about it. */
function phaseOf(request: ClientRequest, response: IncomingMessage | undefined): 'ours' | 'theirs' | 'commit' {
  if (response !== undefined) return response.readableLength >= response.readableHighWaterMark ? 'ours' : 'theirs';
  if (request.writableFinished) return request.method === 'PUT' ? 'commit' : 'theirs';
  const { socket } = request;
  return request.writableNeedDrain || socket === null || !isConnected(socket) ? 'theirs' : 'ours';
}

function tooSlow(moved: number, ms: number): Error {
  const text = moved === 0 ? `no byte moved for ${ms / 1000} s` : `only ${moved} bytes moved in ${ms / 1000} s`;
  return Object.assign(new Error(text), { code: 'ETIMEDOUT' });
}
