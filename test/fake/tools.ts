import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns the tool's path, or undefined where PATH has none of that name */
export function findTool(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Whether a test that needs a tool is left out. With PROMOTE_REQUIRE_TOOLS=1 none is: the test fails where its tool is
 * missing.
 */
export function isMissing(name: string): boolean {
  return findTool(name) === undefined && process.env['PROMOTE_REQUIRE_TOOLS'] !== '1';
}

/** @throws Error where PATH has no such tool */
export function requireTool(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
