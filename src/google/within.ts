import { Fault } from '../fault.ts';

/** Waits so long for an answer. @param who is to give it @throws Fault NETWORK after that */
export async function within<T>(ms: number, who: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault('NETWORK', `${who} did not answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
