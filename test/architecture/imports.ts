import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { type Expression, parseSync, Visitor } from 'oxc-parser';

/** One import (or re-export) as a source file states it. */
export interface Import {
  /** the importing file, relative to the project: `src/oci/digest.ts` */
  readonly from: string;
  /** what `to` names; `computed` is an `import()` whose argument is known at run time only */
  readonly target: 'file' | 'package' | 'builtin' | 'computed';
  /** `src/fault.ts`, `got`, `node:crypto` */
  readonly to: string;
  /** `type` imports are gone at run time, `lazy` ones are `import()` */
  readonly kind: 'static' | 'lazy' | 'type';
}

/**
 * Every import of a TypeScript source.
 * @throws Error when the source does not parse
 */
export function importsOf(file: string, source: string): Import[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join('; ')}`);
  const found: Import[] = [];
  const add = (specifier: string, kind: Import['kind']): void => {
    found.push({ from: file, ...resolve(file, specifier), kind });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.importKind === 'type' ? 'type' : 'static'),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === 'type' ? 'type' : 'static'),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source.value, node.exportKind === 'type' ? 'type' : 'static');
    },
    ImportExpression: (node) => {
      const specifier = literal(node.source);
      if (specifier === undefined) found.push({ from: file, target: 'computed', to: 'computed', kind: 'lazy' });
      else add(specifier, 'lazy');
    },
    TSImportType: (node) => add(node.source.value, 'type'),
  }).visit(program);
  return found;
}

function literal(node: Expression): string | undefined {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

function resolve(file: string, specifier: string): Pick<Import, 'target' | 'to'> {
  if (specifier.startsWith('.')) return { target: 'file', to: posix.join(posix.dirname(file), specifier) };
  if (isBuiltin(specifier)) return { target: 'builtin', to: specifier };
  return { target: 'package', to: /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier };
}
