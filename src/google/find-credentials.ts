import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../fault.ts';

/** A credential file that was found, and where. */
export interface CredentialFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, else the one
 * that `gcloud auth application-default login` leaves.
 * @returns undefined where there is none: then the metadata server is asked
 * @throws Fault USAGE where the named file cannot be read
 */
export async function findCredentialFile(env: NodeJS.ProcessEnv): Promise<CredentialFile | undefined> {
  const named = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (named !== undefined && named !== '') {
    return readCredentials(named, (cause) => {
      throw new Fault('USAGE', `GOOGLE_APPLICATION_CREDENTIALS names ${named}, which cannot be read`, { cause });
    });
  }
  // Empty is unset: a path that begins with it would be read from the working directory, where anyone may have put a file.
  const folder = env.CLOUDSDK_CONFIG || (env.HOME ? join(env.HOME, '.config', 'gcloud') : undefined);
  return folder === undefined
    ? undefined
    : readCredentials(join(folder, 'application_default_credentials.json'), () => undefined);
}

async function readCredentials(
  path: string,
  failed: (cause: unknown) => undefined,
): Promise<CredentialFile | undefined> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (cause) {
    return failed(cause);
  }
}
