import { isMissing } from '../../fake/tools.ts';
import { run } from '../../image/buildah.ts';

/** What a group of tests cannot do without. */
export interface Needs {
  readonly missing: boolean;
  /** for the group's name: why it is skipped, or nothing */
  readonly note: string;
}

/** @param tools programs; 'root' stands for being that user */
export function needs(...tools: readonly string[]): Needs {
  const missing = tools.filter((tool) => (tool === 'root' ? !isRoot() : isMissing(tool)));
  return { missing: missing.length > 0, note: missing.length === 0 ? '' : ` (skipped: needs ${missing.join(', ')})` };
}

function isRoot(): boolean {
  return process.getuid?.() === 0 || process.env.PROMOTE_REQUIRE_TOOLS === '1';
}

/** The manifest's bytes as skopeo gets them. @param reference on a registry without TLS */
export function rawManifest(reference: string): Promise<string> {
  return run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]);
}

/** Copies with everything below an index. @param options of `skopeo copy` */
export async function skopeoCopy(source: string, destination: string, ...options: readonly string[]): Promise<void> {
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await run('skopeo', ['copy', '--all', ...plain, ...options, `docker://${source}`, `docker://${destination}`]);
}
