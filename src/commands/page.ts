import { version } from '../cli/version.ts';
import type { Report } from '../promotion/report.ts';
import { writePrepared } from './files.ts';
import { orWarn } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** Writes the page of a run that is over. @param account who acted, where that is known */
export type WritePage = (report: Report, account: string | undefined) => Promise<void>;

/** Begins to note what the page of `--report` shows. What makes pages is loaded only here. */
export async function startPage(file: string, { env, log }: Pick<Surroundings, 'env' | 'log'>): Promise<WritePage> {
  const [{ page }, { Trace }] = await Promise.all([import('../ui/page/page.ts'), import('../ui/page/trace.ts')]);
  const trace = new Trace();
  log.watch(trace.take);
  return async (report, account) => {
    const occasion = { account, at: new Date(), build: env.BUILD_ID || undefined, version };
    await orWarn(async () => writePrepared(file, page(report, trace, occasion)), log);
  };
}
