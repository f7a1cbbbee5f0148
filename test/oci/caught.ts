import { Fault } from '../../src/fault.ts';

/** The fault that `act` throws; anything else that happens fails the test. */
export function caught(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
