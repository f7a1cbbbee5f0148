import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireTool } from '../fake/tools.ts';

const authorities = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Lays out a build context for a base image that stands in for both base images of the Dockerfile: the Node that runs
 * this, the shared libraries that it needs, a shell and npm. Nothing is downloaded.
 * @param context an empty folder; gets a Dockerfile and `rootfs`
 */
export function layOutBase(context: string): void {
  const rootfs = join(context, 'rootfs');
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'workspace']) {
    mkdirSync(join(rootfs, folder), { recursive: true });
  }
  addProgram(rootfs, process.execPath, '/nodejs/bin/node');
  addProgram(rootfs, '/bin/sh', '/bin/sh');
  addProgram(rootfs, '/usr/bin/env', '/usr/bin/env');
  addNpm(rootfs);
  if (existsSync(authorities)) copy(authorities, join(rootfs, authorities));
  writeFileSync(
    join(context, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY rootfs /',
      'ENV PATH=/nodejs/bin:/usr/bin:/bin',
      'ENV NPM_CONFIG_PREFER_OFFLINE=true NPM_CONFIG_UPDATE_NOTIFIER=false',
      `ENV NODE_EXTRA_CA_CERTS=${authorities}`,
      '',
    ].join('\n'),
  );
}

function addProgram(rootfs: string, program: string, as: string): void {
  copy(program, join(rootfs, as));
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const library of libraries) copy(library, join(rootfs, library));
}

function addNpm(rootfs: string): void {
  const cli = process.env.npm_execpath ?? requireTool('npm');
  const folder = join(dirname(realpathSync(cli)), '..');
  cpSync(folder, join(rootfs, 'usr/lib/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/npm/bin/npm-cli.js', join(rootfs, 'usr/bin/npm'));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}
